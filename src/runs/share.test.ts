import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { algorithms, type AlgorithmName } from '../rl/index'
import { tasks } from '../tasks/index'
import { readValue, writeValue, type Value } from './library/notation'
import { readLink, specFromAddress, specToFragment } from './share'
import { parseSpec, type RunSpec } from './spec'

const EXAMPLES = new URL('../../examples/', import.meta.url)
const back = (fragment: string) => readLink(`http://localhost/page/${fragment}`)

/** Specs of every method and bundled task, with settings in their ranges; what does not fit together is passed over. */
const specs: fc.Arbitrary<RunSpec> = fc
  .record({
    algorithm: fc.constantFrom(...(Object.keys(algorithms) as AlgorithmName[])),
    task: fc.constantFrom(...Object.values(tasks).filter((kind) => !('files' in kind)).map(({ name }) => name)),
    seed: fc.nat(2 ** 31 - 1),
    steps: fc.integer({ min: 1, max: 1000 }),
    rank: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
    rate: fc.option(fc.double({ min: 1e-7, max: 0.1, noNaN: true }), { nil: undefined }),
    patience: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    start: fc.option(fc.string({ minLength: 1, unit: 'grapheme' }), { nil: undefined }),
    notes: fc.option(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), { nil: undefined }),
    variants: fc.array(fc.record({ name: fc.string({ minLength: 1, unit: 'grapheme' }), temperature: fc.double({ min: 0, max: 2, noNaN: true }) }), { maxLength: 2 }),
  })
  .map(({ algorithm, task, seed, steps, rank, rate, patience, start, notes, variants }) => {
    const learns = rate !== undefined && 'learning_rate' in algorithms[algorithm].settings.shape
    return () => parseSpec({
      algorithm: { name: algorithm, ...(learns && { learning_rate: rate }) }, task: { name: task }, seed, steps,
      adapter: { ...(rank && { rank }), ...(start !== undefined && { start }) },
      ...(patience && { stop: { patience } }), ...(notes && { notes }), evaluation: { variants },
    })
  })
  .filter((make) => {
    try {
      make()
      return true
    } catch {
      return false
    }
  })
  .map((make) => make())

const seed = Number(process.env.ETUDE_SEED ?? Date.now() % 2 ** 31)

describe(`a link (ETUDE_SEED=${seed})`, () => {
  it('holds what differs from the defaults, readably', () => {
    expect(specToFragment(parseSpec({}))).toBe('#v1')
    expect(specToFragment(parseSpec({ steps: 60, seed: 7, task: { name: 'ledger', terms: [6, 8] }, algorithm: { name: 'motif', learning_rate: 4e-4 } }), 'tiled')).toBe(
      '#v1&task.name=ledger&task.terms=!(6,8)&algorithm.name=motif&algorithm.learning_rate=0.0004&steps=60&seed=7&@tier=tiled',
    )
  })

  it('gives every example back', () => {
    const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
    expect(files.length).toBeGreaterThan(3)
    let read = 0
    for (const name of files) {
      const source = JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8')) as { task?: unknown }
      if (!source.task) continue // a job of OpenAI
      const spec = parseSpec(source)
      expect(back(specToFragment(spec))!.spec, name).toEqual(spec)
      read++
    }
    expect(read).toBeGreaterThan(3)
  })

  it('gives random specs back', () => {
    fc.assert(
      fc.property(specs, fc.option(fc.constantFrom('tiled', 'register'), { nil: undefined }), (spec, tier) => {
        const fragment = specToFragment(spec, tier)
        expect(back(fragment)).toEqual({ spec, ...(tier && { tier }) })
        expect(new URL(fragment, 'http://localhost').hash).toBe(fragment) // a browser shows it as it is
      }),
      { seed, numRuns: 60 },
    )
  })

  it('reads links of before', () => {
    const spec = parseSpec({ seed: 7, steps: 12 })
    const text = Buffer.from(JSON.stringify(spec)).toString('base64url')
    expect(specFromAddress(`http://localhost/#spec=${text}`)).toEqual(spec)
    expect(specFromAddress(`http://localhost/?spec=${text}`)).toEqual(spec)
    expect(specFromAddress('http://localhost/#elsewhere')).toBeUndefined()
  })

  // What a link of version 1 means must not change: where this fails, raise VERSION and put the old defaults in CHANGED.
  it('means today what it meant when version 1 was made', () => {
    expect(Object.fromEntries(['grpo', 'motif', 'sft'].map((name) => {
      const { steps, adapter, evaluation, algorithm } = back(`#v1&algorithm.name=${name}`)!.spec
      const { learning_rate, max_completion_length } = algorithm as { learning_rate?: number; max_completion_length?: number }
      return [name, [steps, adapter.rank, adapter.alpha, evaluation.every, evaluation.problems, learning_rate, max_completion_length]]
    }))).toMatchInlineSnapshot(`
      {
        "grpo": [
          25,
          8,
          16,
          5,
          200,
          0.001,
          64,
        ],
        "motif": [
          25,
          8,
          16,
          5,
          200,
          0.001,
          22,
        ],
        "sft": [
          25,
          8,
          16,
          5,
          200,
          0.001,
          undefined,
        ],
      }
    `)
  })

  it('says in a sentence what is wrong', () => {
    const saying = (fragment: string) => {
      try {
        back(fragment)
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(saying('#v9&steps=3')).toMatch(/version 9.*reads version 1/)
    expect(saying('#v1&steps')).toMatch(/damaged at “steps”/)
    expect(saying('#v1&task.terms=!(4,5')).toMatch(/damaged at “task.terms=.*a comma or \) is missing at letter 6/)
    expect(saying('#v1&steps=3&steps.x=4')).toMatch(/steps is a value already/)
    expect(saying('#v1&steps=0')).toMatch(/steps/)
    expect(saying('#v1&task.name=%E0%A4%A')).toMatch(/damaged/)
    expect(saying('#v1&__proto__.x=1')).toMatch(/__proto__/)
    expect(saying(`#v1&notes=${'('.repeat(3000)}`)).toMatch(/damaged/)
  })

  it('never breaks on letters that were changed', () => {
    const whole = specToFragment(parseSpec({ steps: 60, graders: [{ name: 'exact', label: 'it’s!' }], task: { name: 'ledger', terms: [6, 8] } }))
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.string({ maxLength: 3, unit: 'binary' }), (at, put) => {
        try {
          back('#v1' + whole.slice(3, 3 + at) + put + whole.slice(4 + at))
        } catch (error) {
          expect((error as Error).message.length).toBeGreaterThan(20)
        }
      }),
      { seed, numRuns: 200 },
    )
  })
})

describe('the notation', () => {
  it('gives every value back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Value
        expect(readValue(writeValue(plain))).toEqual(plain)
      }),
      { seed, numRuns: 200 },
    )
  })
})
