import fc from 'fast-check'
import { strToU8, unzipSync, zipSync } from 'fflate'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkpointOf, evaluationOf, reportOf } from './contract.fixture'
import { newEntry } from './entry'
import { readIncoming, type Incoming } from './incoming'
import { readRecording, recordingOf, writeRecording } from './recording'
import { metricsCsv, metricsJsonl } from './rows'
import { readRunFile, writeRunFile, type RunFile } from './runfile'
import { parseSpec } from '../spec'

const seed = Number(process.env.ETUDE_SEED ?? Date.now() % 2 ** 31)
const spec = parseSpec({ steps: 9, notes: { steps: 'few, "as" said' } })
const entry = { ...newEntry(spec, [], { name: 'my “run”', created: 1_700_000_000_000 }), note: 'a note', step: 3 }
const run = { entry, reports: [1, 2, 3].map(reportOf), evaluations: [0, 3].map(evaluationOf) }
const adapter = { 'adapter_config.json': strToU8('{}'), 'adapter_model.safetensors': new Uint8Array([1, 2, 3]) }
const whole = writeRunFile(run, { checkpoint: checkpointOf(3), adapter })
const kept = run.reports.map(({ tokens: _, ...report }) => report)

const saying = (work: () => unknown): string => {
  try {
    work()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('a run as one file', () => {
  it('comes back whole', () => {
    expect(Object.keys(unzipSync(whole)).sort()).toEqual([
      'adapter/adapter_config.json', 'adapter/adapter_model.safetensors', 'checkpoint', 'eval.jsonl', 'rollouts.jsonl', 'run.json', 'spec.json',
      'steps.jsonl', 'summary.json',
    ])
    expect(readIncoming('x', whole)).toEqual({
      kind: 'run',
      run: { about: { name: 'my “run”', note: 'a note', created: entry.created, done: false }, spec, reports: kept, evaluations: run.evaluations, checkpoint: checkpointOf(3), adapter },
    })
  })

  it('is read from a folder that was zipped by hand, without pieces', () => {
    const { 'run.json': _, ...rest } = unzipSync(whole)
    const bare = strToU8(new TextDecoder().decode(rest['rollouts.jsonl']).replaceAll(/"pieces":\[[^\]]*\],/g, ''))
    const folder = Object.fromEntries(Object.entries({ ...rest, 'rollouts.jsonl': bare, 'junk.exe': new Uint8Array(9) }).map(([name, bytes]) => [`out/${name}`, bytes]))
    const read = readRunFile(zipSync(folder))
    expect(read.reports[0]!.groups[0]!.completions[0]).toMatchObject({ text: 'a b', pieces: ['a b'] })
    expect(Object.keys(read.adapter!)).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
  })

  it('says in a sentence what is wrong with it', () => {
    expect(saying(() => readRunFile(zipSync({ 'a.txt': strToU8('a') })))).toMatch(/no run of Étude/)
    expect(saying(() => readRunFile(whole.slice(0, -30)))).toMatch(/cannot be read.*damaged or cut short/)
    const { 'run.json': _, ...rest } = unzipSync(whole)
    expect(saying(() => readRunFile(zipSync({ ...rest, 'steps.jsonl': strToU8('{"step":0}\n') })))).toMatch(/steps\.jsonl, line 1: step/)
    expect(saying(() => readRunFile(zipSync({ ...rest, 'steps.jsonl': strToU8('{"step":1}\n{"step":1}\n') })))).toMatch(/step 1 stands there twice/)
    expect(saying(() => readRunFile(zipSync({ ...rest, 'spec.json': strToU8('{"steps":0}') })))).toMatch(/spec\.json: .*steps/)
    const bomb = zipSync({ ...rest, 'eval.jsonl': [new Uint8Array(6e6), { level: 9 }] })
    expect(saying(() => readRunFile(bomb))).toMatch(/eval\.jsonl/)
    expect(saying(() => readIncoming('notes.txt', strToU8('hello')))).toMatch(/notes\.txt is nothing that this page reads/)
    expect(saying(() => readIncoming('steps.jsonl', strToU8('{"step":1}')))).toMatch(/zip its folder/)
    expect(saying(() => readIncoming('a', new Uint8Array()))).toMatch(/empty/)
    expect(saying(() => readIncoming('a', new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0, 0x7b])))).toMatch(/an adapter alone/)
  })

  it(`is the same or refused in a sentence, whichever bytes change (ETUDE_SEED=${seed})`, () => {
    // where the name of run.json itself is hit, the zip is one that was packed by hand
    const known = ({ about, ...rest }: RunFile) => [Object.keys(about).length > 0 ? about : original.about, rest]
    const original = readRunFile(whole)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.boolean(), (at, put, cut) => {
        const bytes = whole.slice(0, cut ? Math.max(4, at) : undefined)
        bytes.set(put.subarray(0, bytes.length - at), Math.min(at, bytes.length))
        const since = performance.now()
        let read: Incoming | undefined
        const words = saying(() => (read = readIncoming('run.zip', bytes)))
        expect(performance.now() - since).toBeLessThan(1000)
        if (words) expect(words).toMatch(/^.{20,2000}$/s)
        else expect(isDeepStrictEqual(known((read as { run: RunFile }).run), known(original))).toBe(true)
      }),
      { seed, numRuns: 300 },
    )
  })
})

describe('a recording', () => {
  const recorded = { name: 'GRPO', about: 'today', spec, reports: run.reports, evaluations: run.evaluations }

  it('comes back, rounded', () => {
    const bytes = writeRecording({ ...recorded, reports: [{ ...reportOf(1), metrics: { reward: 1 / 3, num_tokens: 1234567 } }, reportOf(2)] })
    const read = readRecording(bytes)
    expect(read.reports[0]!.metrics).toEqual({ reward: 0.33333, num_tokens: 1234567 })
    expect(read.reports[1]).toEqual({ ...reportOf(2), resumable: false })
    expect({ ...read, reports: 0 }).toEqual({ ...recorded, reports: 0 })
    expect(readIncoming('x', bytes).kind).toBe('recording')
    expect(readIncoming('x', strToU8(JSON.stringify(recordingOf(recorded, 2, 1)))).kind).toBe('recording')
  })

  it('takes as many groups as fit, the first and the last step’s among them', () => {
    const long = { ...recorded, reports: Array.from({ length: 300 }, (_, i) => ({ ...reportOf(i + 1), metrics: { reward: Math.sin(i * 7919) } })) }
    const steps = (size: number) => readRecording(writeRecording(long, size)).reports.flatMap(({ step, groups }) => (groups.length > 0 ? [step] : []))
    expect(writeRecording(long, 6000).length).toBeLessThan(6000)
    expect(steps(60_000)).toHaveLength(60)
    const fewer = steps(writeRecording(long).length - 300)
    expect([fewer.length < 60, fewer.at(0), fewer.at(-1)]).toEqual([true, 1, 300])
  })

  it(`never breaks on bytes that were changed (ETUDE_SEED=${seed})`, () => {
    const bytes = writeRecording(recorded)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, put) => {
        const changed = bytes.slice()
        changed.set(put.subarray(0, changed.length - at), at)
        const words = saying(() => readIncoming('x', changed))
        if (words) expect(words).toMatch(/^.{15,2000}$/s)
      }),
      { seed, numRuns: 200 },
    )
    expect(saying(() => readRecording(strToU8('{"format":"etude-recording","version":7}')))).toMatch(/version 7/)
  })
})

describe('metrics', () => {
  it('go out as CSV and as rows for W&B and trackio', () => {
    expect(metricsCsv(run).split('\r\n').slice(0, 3)).toEqual([
      'step,evaluation/accuracy,evaluation/low,evaluation/high,evaluation/mean_length,seconds,reward,generated_tokens,step_time',
      '0,0.5,0.2,0.8,3,0,,,',
      '1,,,,,,0.1,100,2',
    ])
    expect(metricsJsonl(run).trim().split('\n').map((line) => JSON.parse(line) as object)[1]).toEqual({
      _step: 1, _runtime: 2, _timestamp: 1_700_000_002, 'train/reward': 0.1, 'train/generated_tokens': 100, 'train/step_time': 2,
    })
  })
})
