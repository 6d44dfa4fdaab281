import { describe, expect, it } from 'vitest'
import { oneLine, readJson, shown } from './json'

const deep = (n: number) => '['.repeat(n) + ']'.repeat(n)

describe('JSON of others', () => {
  it('is read, quotes, brackets and backslashes within texts included', () => {
    const value = { 'a"[': ['\\', '\\"', '[[[', '{"'.repeat(300)], b: [{}, [], null, 1e3] }
    expect(readJson(JSON.stringify(value))).toEqual(value)
    expect(readJson(' "[[" ')).toBe('[[')
  })

  it('is refused beyond 200 levels, however it is written', () => {
    expect(readJson(deep(200))).toBeDefined()
    for (const text of [deep(201), `{"\\\\":${deep(200)}}`, deep(100_000)]) expect(() => readJson(text)).toThrow('lists and objects within more than 200')
  })

  it('is refused where it is too long', () => expect(() => readJson('[1, 2]', 5)).toThrow('6 letters, more than the 5 that are read'))

  it('is refused in one line', () => {
    for (const text of ['{"a\n":1', '["', '{"a":"b\\"}', '', '{"a":\u2028}', 'x'.repeat(1000)])
      expect(() => readJson(text)).toThrow(/^[^\n\u2028]{5,160}$/)
  })

  it('is shown in one line, cut', () => {
    expect([shown({ a: 1 }), shown(undefined), shown('x'.repeat(9), 6), oneLine('a\nb\u2029c')]).toEqual(['{"a":1}', 'undefined', '"xxxx…', 'a\ufffdb\ufffdc'])
  })
})
