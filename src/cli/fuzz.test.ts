/** A short run of npm run fuzz. ETUDE_MUTATIONS sets how many inputs of each kind, ETUDE_SEED where they start. */
import { describe, expect, it } from 'vitest'
import { bombs } from './fuzz/bombs'
import { fuzzKind } from './fuzz'
import { kindsOf } from './fuzz/kinds'
import { readIncoming } from '../runs/library/incoming'

const COUNT = Number(process.env.ETUDE_MUTATIONS ?? 80)
const SEED = Number(process.env.ETUDE_SEED ?? Date.now() % 2 ** 29)

describe(`damaged inputs (${COUNT} of each, ETUDE_SEED=${SEED})`, () => {
  const kinds = kindsOf()

  it.each(Object.keys(kinds))('%s', async (name) => {
    const { refused, findings } = await fuzzKind(kinds[name]!, COUNT, SEED)
    expect(findings.map((each) => `case ${each.case}: ${each.what}`)).toEqual([])
    expect(refused).toBeGreaterThan(COUNT / 4)
  })

  it('tells accidents from sentences', async () => {
    const thrown = [new TypeError('Cannot read properties of undefined'), new Error('two\nlines of a sentence'), new Error('short'), 'text']
    for (const each of thrown) {
      const { findings } = await fuzzKind({ input: () => new Uint8Array(), read: () => { throw each as Error } }, 1, 0)
      expect(findings).toHaveLength(1)
    }
    const read = () => {
      for (const since = process.cpuUsage(); process.cpuUsage(since).user < 1.2e6;);
    }
    const slow = await fuzzKind({ input: () => new Uint8Array(), read }, 1, 0)
    expect(slow.findings[0]!.what).toMatch(/took/)
  })

  it('refuses bombs at once', () => {
    const { zip, gzip } = bombs()
    for (const bytes of [...zip, ...gzip]) {
      const since = performance.now()
      expect(() => readIncoming('bomb', bytes)).toThrow(/(cannot be read|more than)/)
      expect(performance.now() - since).toBeLessThan(1000)
    }
  })
})
