import { describe, expect, it } from 'vitest'
import { readExpression } from './evaluate'
import { sameLatex } from './equal'

const value = (text: string, x = 0.7) => readExpression(text)?.at((name) => (name === 'x' ? x : NaN))

describe('an expression', () => {
  it.each([
    ['2+3\\cdot4-6/2', 11],
    ['-2^2', -4],
    ['2^{-3}', 0.125],
    ['2^10', 1024],
    ['\\frac12+\\frac{1}{4}', 0.75],
    ['\\frac1{20}', 0.05],
    ['4\\frac{2}{3}', 14 / 3],
    ['-1\\frac{4}{5}', -1.8],
    ['2\\frac{x}{2}', 0.7],
    ['\\sqrt[3]{-8}', -2],
    ['\\binom{5}{2}3!', 60],
    ['|1-3|x', 1.4],
    ['2|x-1|+|x|', 1.3],
    ['\\lfloor 2.9\\rfloor', 2],
    ['\\log 100+\\log_2 8+\\ln e', 6],
    ['\\sin^2 x+\\cos^2 x', 1],
    ['\\sin 2x', Math.sin(1.4)],
    ['\\sin x\\cos x', Math.sin(0.7) * Math.cos(0.7)],
    ['4x(2x+1)+1', 4 * 0.7 * 2.4 + 1],
    ['6.72\\times10^{-5}', 6.72e-5],
    ['2\\div-4', -0.5],
    ['\\infty', Infinity],
    ['4210_{5}', 4210],
  ])('%s is %d', (text, expected) => {
    const found = value(text)
    if (Number.isFinite(expected)) expect(found).toBeCloseTo(expected, 12)
    else expect(found).toBe(expected)
  })

  it.each(['', '2+', '(2', '2)', '\\foo', '\\frac12}', '4.\\overline{6}', '|2', '1.2.3', '10 080', '('.repeat(2000), '^2'])('is not %s', (text) => {
    expect(readExpression(text)).toBeUndefined()
  })
})

describe('the same', () => {
  it.each([
    ['\\{1,2\\}', '2, 1'],
    ['(1,2)', '\\left(1, 2\\right)'],
    ['\\begin{pmatrix}1\\\\2\\end{pmatrix}', '\\begin{bmatrix} 1.0 \\\\ \\frac42 \\end{bmatrix}'],
    ['x>2', '2<x'],
    ['2x+y=3', '3-2x=y'],
    ['5', 'f(x) = 5'],
    ['101', 'a=b=101'],
    ['x_1', 'x_{1}'],
    ['\\sqrt{x-9}', '(x-9)^{1/2}'],
    ['1,000', '1000'],
    ['5\\text{ cm}^2', '5 cm'],
    ['\\pm 3', '3, -3'],
    ['even', '\\text{Even}'],
    ['(-\\infty, 2) \\cup (3, \\infty)', '(3,∞) ∪ (-∞,2)'],
  ])('%s and %s', (a, b) => expect(sameLatex(a, b)).toBe(true))

  it.each([
    ['(2,\\infty)', '(2,4)'],
    ['\\infty', '-\\infty'],
    ['12345678901234567891', '12345678901234567892'],
    ['east', 'seat'],
    ['(2,12)', '212'],
    ['(2,12)', '(2,12]'],
    ['x=5', '2x=10'],
    ['x>2', 'x\\ge2'],
    ['x_1', 'x_2'],
    ['1, 2, 2', '1, 1, 3'],
    ['0.0000672', '0.0000673'],
    ['2', '2.000002'],
    ['', '0'],
    ['\\foo', '\\bar'],
    ['\\frac{1}{0}', '\\infty i'],
  ])('%s and %s are not', (a, b) => expect(sameLatex(a, b)).toBe(false))
})
