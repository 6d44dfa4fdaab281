import { describe, expect, it } from 'vitest'
import { readArithmetic } from './expression'
import { graders } from './index'
import { motifFormatParts } from './motif-format'

const stop = 'stop' as const

describe('exact', () => {
  const grade = (text: string, answer = '12', finish: 'stop' | 'length' = stop) => graders.exact.grade({ text, answer, finish })

  it('compares the last slot with the answer, white space apart', () => {
    expect(grade('7 + 5 <ans>12</ans>')).toBe(1)
    expect(grade('<ans> 12\n</ans> so')).toBe(1)
    expect(grade('a05 </think><ans> c06', 'c06')).toBe(1)
    expect(grade('<ans>3</ans> no, <ans>12</ans>')).toBe(1)
    expect(grade('<ans>12</ans> no, <ans>3</ans>')).toBe(0)
    expect(grade('<ans>1 2</ans>')).toBe(0)
    expect(grade('12')).toBe(0)
    expect(grade('')).toBe(0)
  })

  it('does not take a slot that the limit cut', () => {
    expect(grade('<ans>12', '12', 'length')).toBe(0)
    expect(grade('<ans>12</ans> and', '12', 'length')).toBe(1)
  })

  it('cannot score without an answer', () => expect(grade('<ans>12</ans>', ' ')).toBeNull())
})

describe('format', () => {
  const grade = (text: string, finish: 'stop' | 'length' = stop) => graders.format.grade({ text, answer: 'x', finish })

  it('wants one filled slot at the end', () => {
    expect(grade('think </think><ans> c06')).toBe(1)
    expect(grade('so <ans>wrong</ans>\n')).toBe(1)
    expect(grade('so <ans>12</ans> or so')).toBe(0)
    expect(grade('<ans>1</ans><ans>2</ans>')).toBe(0)
    expect(grade('<ans> </ans>')).toBe(0)
    expect(grade('12')).toBe(0)
    expect(grade('<ans>12', 'length')).toBe(0)
  })
})

describe('boxed', () => {
  const grade = (text: string, answer: string) => graders.boxed.grade({ text, answer, finish: stop })

  it.each([
    ['so \\boxed{72}.', '72', 1],
    ['\\boxed{5} no, \\boxed{72}', '72', 1],
    ['\\boxed{72} no, \\boxed{5}', '72', 0],
    ['\\boxed {025}', '25', 1],
    ['\\boxed{1,000.0}', '1000', 1],
    ['\\boxed{\\$1{,}000}', '1000', 1],
    ['\\boxed{10,\\!080}', '10,080', 1],
    ['\\boxed{-.50}', '-0.5', 1],
    ['\\boxed{-0}', '0', 1],
    ['\\boxed{3,5}', '35', 0],
    ['\\boxed{\\left(3, \\dfrac{1}{2}\\right)}', '(3,\\frac12)', 1],
    ['\\boxed{\\left\\{1,2\\right\\}}', '\\{1, 2\\}', 1],
    ['\\boxed{\\text{Evelyn}}', 'Evelyn', 1],
    ['\\boxed{90^{\\circ}}', '90', 1],
    ['\\boxed{11\\sqrt3}', '11\\sqrt{3}', 1],
    ['\\boxed{\\frac{270}7}', '\\frac{270}{7}', 1],
    ['\\boxed{1/2}', '0.5', 1],
    ['\\boxed{72', '72', 0],
    ['\\boxed 72', '72', 0],
    ['72', '72', 0],
    ['', '72', 0],
  ])('%s for %s scores %d', (text, answer, score) => expect(grade(text, answer)).toBe(score))

  it('votes by what is boxed, spelling apart', () => {
    const vote = (text: string) => graders.boxed.answer!({ text, answer: 'x', finish: stop })
    expect(vote('\\boxed{ 1{,}200 }')).toBe(vote('\\boxed{1200.}'))
    expect(vote('none')).toBeUndefined()
  })
})

// what the released functions gave when they were run
describe('the format score of MOTIF’s code', () => {
  const good = '<reasoning>\nr\n</reasoning>\n<answer>\n5\n</answer>\n'
  it.each([
    ['whole', good, 0.5, 0, 0.5],
    ['without the last line feed', good.trimEnd(), 0, 0, 0.454],
    ['two lines of reasoning', good.replace('\nr\n', '\nr\nr\n'), 0, 0, 0.5],
    ['in one line', '<reasoning>r</reasoning><answer>5</answer>', 0, 0.5, 0],
    ['100 characters after it', good + 'x'.repeat(100), 0, 0, 0.3],
    ['none of it', 'hello', 0, 0, 0],
  ])('%s', (_, text, strict, soft, tags) => {
    const parts = motifFormatParts(text)
    expect(parts).toMatchObject({ strict, soft })
    expect(parts.tags).toBeCloseTo(tags, 12)
    expect(graders.motif_format.grade({ text, answer: '5', finish: stop })).toBeCloseTo((strict + soft + tags) / 1.5, 12)
  })

  it('is cut off at 0', () => {
    expect(motifFormatParts(good + 'x'.repeat(300)).tags).toBeCloseTo(-0.1, 12)
    expect(graders.motif_format.grade({ text: good + 'x'.repeat(300), answer: '5', finish: stop })).toBe(0)
  })
})

describe('the accuracy score of MOTIF’s code', () => {
  const grade = (text: string, answer = '25') => graders.motif_accuracy.grade({ text, answer, finish: stop })

  it('is 2, 1 or 0 in halves', () => {
    expect(grade('<reasoning>\nr\n</reasoning>\n<answer>\nso \\boxed{25}\n</answer>\n')).toBe(1)
    expect(grade('<answer>\\boxed{25}')).toBe(1)
    expect(grade('\\boxed{25}')).toBe(1) // without a tag the slot is everything
    expect(grade('\\boxed{25} <answer>25</answer>')).toBe(0.5)
    expect(grade('<answer>\\boxed{25}</answer> or <answer>26</answer>')).toBe(0.5)
    expect(grade('<answer>\\boxed{025}</answer>')).toBe(0)
    expect(grade('<answer>25</answer>')).toBe(0)
    expect(grade('\\boxed{25}', '')).toBeNull()
  })
})

describe('countdown', () => {
  const grade = (expression: string, finish: 'stop' | 'length' = stop) =>
    graders.countdown.grade({ text: `<reasoning>1 + 1</reasoning>\n<answer>${expression}`, answer: '(3 + 7) * 8 / 8', finish })

  it('wants each number once and the target', () => {
    expect(grade('(3 + 7) * 8 / 8</answer>')).toBe(1)
    expect(grade('7+3*8/8</answer>')).toBe(1)
    expect(grade('7 + 3 + 8 - 8')).toBe(1)
    expect(grade('7 + 3 + 8 - 8', 'length')).toBe(0)
    expect(grade('3 + 7</answer>')).toBe(0)
    expect(grade('10</answer>')).toBe(0)
    expect(grade('3 + 7 + 8 + 8</answer>')).toBe(0)
    expect(grade('(3 + 7) * 8 / 8 = 10</answer>')).toBe(0)
    expect(grade('</answer>')).toBe(0)
    expect(graders.countdown.grade({ text: '', answer: '10 apples', finish: stop })).toBeNull()
  })

  it('allows fractions on the way', () => {
    const submission = { text: '<answer>8 / (3 - 8 / 3)</answer>', answer: '8 / (3 - 8 / 3)', finish: stop }
    expect(graders.countdown.grade(submission)).toBe(1)
    expect(readArithmetic(submission.answer)!.value).toBeCloseTo(24, 9)
  })
})

describe('arithmetic', () => {
  it('is read with its precedence', () => {
    expect(readArithmetic('2 + 3 * 4 - 10 / 4')).toEqual({ value: 11.5, numbers: [2, 3, 4, 10, 4] })
    expect(readArithmetic('-(2 - 5) * 1.5')).toEqual({ value: 4.5, numbers: [2, 5, 1.5] })
    expect(readArithmetic('12 - 3 - 4')!.value).toBe(5)
    expect(readArithmetic('1 / 0')!.value).toBe(Infinity)
  })

  it.each(['', '2 +', '2 3', '(2', '2)', '2 ** 3', '2 // 3', '1e3', 'alert(1)', '2 + x', '()', '+2'])('is not %j', (text) =>
    expect(readArithmetic(text)).toBeUndefined(),
  )

  it('is not too deep', () => expect(readArithmetic('('.repeat(100_000))).toBeUndefined())
})
