import { describe, expect, it } from 'vitest'
import { GraderFailure } from './failure'
import { template, type View } from './template'

const view: View = {
  item: {
    answer: 'Paris',
    'a b': 1,
    list: [{ name: 'x' }, null],
    deep: { ok: true },
    braces: '{{ sample.output_text }}',
    empty: '',
    __proto__: { inherited: 1 },
  },
  sample: { output_text: 'It is ${1 + 1} {{ item.answer }}', output_tools: [{ function: { name: 'look_up', arguments: '{"q":1}' } }], choices: [] },
}
const fill = (text: string) => template(text, ['input'])(view)

describe('templates', () => {
  it.each([
    ['no variable', 'no variable'],
    ['{{item.answer}}', 'Paris'],
    ['[{{ item.answer }}|{{  item.answer}}]', '[Paris|Paris]'],
    ['{{ item.empty }}', ''],
    ["{{ item['a b'] }}", '1'],
    ['{{ item.list[0].name }}', 'x'],
    ['{{ item.list[1] }}', 'null'],
    ['{{ item.list }}', '[{"name":"x"},null]'],
    ['{{ item.deep }}', '{"ok":true}'],
    ['{{ sample.output_tools[0].function.name }}', 'look_up'],
    ['{{ sample.choices }}', '[]'],
    ['a { b } c }} d', 'a { b } c }} d'],
  ])('%s becomes %s', (text, filled) => expect(fill(text)).toBe(filled))

  it('never read what they put in', () => {
    expect(fill('{{ item.braces }}')).toBe('{{ sample.output_text }}')
    expect(fill('{{ sample.output_text }}')).toBe('It is ${1 + 1} {{ item.answer }}')
  })

  it.each([
    ['ab {{ item.answer', 'input of the grader is "ab {{ item.answer"; the {{ at character 4 is never closed'],
    ['{{ answer }}', '{{ answer }} at character 1 begins with neither item. nor sample.'],
    ['{{ items.answer }}', 'neither item. nor sample.'],
    ['x{{ item }}', '{{ item }} at character 2 names no field'],
    ['{{ item.a + 1 }}', '{{ item.a + 1 }} at character 1 cannot be read from “ + 1” on'],
    ['{{ item.f() }}', 'cannot be read from “()” on'],
    ['{{ item. }}', 'cannot be read'],
    ['{{ sample.text }}', 'sample has output_text, output_json, output_tools, choices'],
    ['{{ sample.output_audio.data }}', 'is sound'],
  ])('%s cannot be read', (text, words) => expect(() => template(text, ['input'])).toThrow(words))

  it.each([
    ['ab {{ item.reference }}', 'invalid_variable_error', '{{ item.reference }} at character 4 has no value: item has answer, a b, list, deep'],
    ['{{ item.answer.length }}', 'invalid_variable_error', 'item.answer is no object'],
    ['{{ item.list[2] }}', 'invalid_variable_error', 'item.list is a list of 2'],
    ['{{ item.list.length }}', 'invalid_variable_error', 'item.list is a list of 2'],
    ['{{ item.inherited }}', 'invalid_variable_error', 'has no value'],
    ['{{ item.constructor }}', 'invalid_variable_error', 'has no value'],
    ['{{ item.deep.__proto__ }}', 'invalid_variable_error', 'has no value'],
    ['{{ sample.output_json.a }}', 'sample_parse_error', 'the sample is no JSON'],
  ])('%s has no value', (text, flag, words) => {
    const failure = (() => {
      try {
        return fill(text)
      } catch (error) {
        return error
      }
    })()
    expect(failure).toBeInstanceOf(GraderFailure)
    expect(failure).toMatchObject({ flag, message: expect.stringContaining(words) as string })
  })
})
