import { describe, expect, it } from 'vitest'
import { number, numbersIn } from './number'

const grade = (text: string, answer: string, settings: object = {}) =>
  number.create(number.settings.parse(settings), {}).grade({ text, answer, finish: 'stop' })

describe('number', () => {
  it.each([
    ['1,000.50 dollars.', [1000.5]],
    ['3-5 = -2, and −7', [3, 5, -2, -7]],
    ['-$12 and .5 or 0.50', [-12, 0.5, 0.5]],
    ['(4)-1', [4, 1]],
    ['1,0000; 12,345,678', [1, 0, 12345678]],
    ['3, 4', [3, 4]],
    ['none.', []],
  ])('reads %s', (text, numbers) => {
    expect(numbersIn(text)).toEqual(numbers)
  })

  it('compares the last or the first, to within its tolerance', () => {
    expect(grade('It is 7, no: 8', '8')).toBe(1)
    expect(grade('It is 7, no: 8', '7')).toBe(0)
    expect(grade('7\n8', '7', { which: 'first' })).toBe(1)
    expect(grade('3.333', '3.3333333', { tolerance: 0.01 })).toBe(1)
    expect(grade('3.333', '3.3333333')).toBe(0)
    expect(grade('none', '7')).toBe(0)
    expect(grade('7', 'none')).toBeNull()
    expect(number.create({ which: 'last', tolerance: 0 }, {}).rules!(2)).toContain('2 points when it is right')
  })
})
