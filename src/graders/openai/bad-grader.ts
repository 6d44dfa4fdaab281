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
    const json = JSON.stringify(value) ?? ''
    const found = value === undefined ? 'is missing' : `is ${json.length > 60 ? `${json.slice(0, 60)}…` : json}`
    const spelt = path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('')
    super(`${spelt === '' ? 'the grader' : `${spelt} of the grader`} ${found}; ${why}`, options)
  }
}
