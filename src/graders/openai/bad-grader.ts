import { oneLine, shown } from '../json'

/** A grader's JSON that cannot be used: where, which value, why. */
export class BadGrader extends Error {
  override name = 'BadGrader'
  /** @param path the keys that lead to the value in the grader's JSON */
  constructor(
    readonly path: PropertyKey[],
    value: unknown,
    readonly why: string,
    options?: ErrorOptions,
  ) {
    const found = value === undefined ? 'is missing' : `is ${shown(value, 61)}`
    const spelt = path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${oneLine(String(key), 60)}`)).join('')
    super(`${spelt === '' ? 'the grader' : `${spelt} of the grader`} ${found}; ${oneLine(why, 400)}`, options)
  }
}
