import { describe, expect, it } from 'vitest'
import { parseFormula } from './formula'

const scores = { a: 0.5, b: 3, grader_1: 2, min: 7 }
const value = (text: string) => parseFormula(text, Object.keys(scores))(scores)

describe('formulas', () => {
  it.each([
    ['1', 1],
    ['a', 0.5],
    [' 0.25*a + .75 * b ', 2.375],
    ['10 - 3 - 2', 5],
    ['12 / 3 / 2', 2],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['(-2) ^ 2', 4],
    ['2 ^ -1', 0.5],
    ['2 * -3', -6],
    ['--a', 0.5],
    ['+a', 0.5],
    ['1e-3 + 2.5E1', 25.001],
    ['min(a, b, grader_1)', 0.5],
    ['max(a, min(b, 2))', 2],
    ['min(4)', 4],
    ['min + 1', 8], // a grader may be called like a function
    ['abs(a - b)', 2.5],
    ['floor(2.7) + ceil(2.1)', 5],
    ['exp(0) + sqrt(16) + log(exp(2))', 7],
  ])('%s is %d', (text, result) => expect(value(text)).toBeCloseTo(result, 12))

  it.each([
    ['', 'the formula has its end where a number, a name or “(” is expected'],
    ['a +', 'has its end where'],
    ['a b', '“b” at character 3 where an operator is expected'],
    ['a ** b', '“*” at character 4'],
    ['(a + b', 'has its end where “)” is expected'],
    ['a + b)', '“)” at character 6 where an operator'],
    ['a % b', '“%” at character 3, which means nothing'],
    ['a + "x"', '“"” at character 5'],
    ['a.b', '“.” at character 2'],
    ['0.5 * accuracy', '“accuracy” at character 7, which is no grader; the graders are a, b, grader_1, min'],
    ['constructor', 'is no grader'],
    ['sin(a)', '“sin” at character 1, which is no function; there are min, max'],
    ['toString(a)', 'is no function'],
    ['sqrt(a, b)', 'gives sqrt at character 1 2 values'],
    ['min()', '“)” at character 5'],
    ['1 + '.repeat(3) + '('.repeat(5000), 'nested more than 100 deep'],
    ['-'.repeat(5000) + '1', 'nested more than 100 deep'],
  ])('%s is none', (text, words) => expect(() => value(text)).toThrow(words))
})
