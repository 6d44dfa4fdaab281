import { expect, it } from 'vitest'
import { defaultDraft, write } from './draft'
import { firstQuestion, statedBy } from './question'

const told = (rules: string) => write(write(defaultDraft(), 'graders', [{ name: 'number', weight: 1 }]), 'motivation', { rules, share: 1 })

it('states the graders’ own rules, and what the first question then reads', () => {
  const stated = statedBy(told('true'))
  expect(stated).toHaveProperty('text')
  const { text } = stated as { text: string }
  expect(text).toMatch(/^Your reply is scored by these rules:/)
  expect(statedBy(told('misleading'))).not.toEqual(stated)
  expect(firstQuestion(told('true'))!.prompt).toContain(text)
})

it('states nothing without a motivation, and says why a grader has no rules', () => {
  expect(statedBy(defaultDraft())).toBeUndefined()
  expect(statedBy(write(told('true'), 'graders', [{ name: 'python', code: 'x' }]))).toHaveProperty('problem')
})
