/** `npm run train`: its outputs, the same lines from the same spec, and a run that goes on where it stopped. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSafetensors } from '../onnx/safetensors'
import { main } from './main'

const SPEC = {
  steps: 3,
  evaluation: { every: 2, problems: 12 },
  algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 },
  seed: 3,
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'etude-train-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function train(out: string, changes: object = {}): Promise<void> {
  const file = join(folder, 'spec.json')
  writeFileSync(file, JSON.stringify({ ...SPEC, ...changes }))
  expect(await main('train', ['--spec', file, '--out', join(folder, out), '--device', 'node'])).toBe(0)
}

const text = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8')
const lines = (...path: string[]) => text(...path).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
/** What two equal runs share: everything but times. */
const content = (out: string) => ({
  steps: lines(out, 'steps.jsonl').map((line) => ({ ...line, step_time: 0 })),
  rollouts: text(out, 'rollouts.jsonl'),
  evaluations: lines(out, 'eval.jsonl').map((line) => ({ ...line, seconds: 0 })),
  adapter: readFileSync(join(folder, out, 'adapter/adapter_model.safetensors')).toString('base64'),
})

describe('train', () => {
  it('writes the whole folder, the same twice, and the same in two pieces', async () => {
    await train('whole')
    expect(readdirSync(join(folder, 'whole')).sort()).toEqual(
      ['adapter', 'checkpoint', 'eval.jsonl', 'rollouts.jsonl', 'spec.json', 'steps.jsonl', 'summary.json'].sort(),
    )
    expect(lines('whole', 'steps.jsonl').map(({ step }) => step)).toEqual([1, 2, 3])
    expect(lines('whole', 'eval.jsonl').map(({ step }) => step)).toEqual([0, 2, 3])
    expect(lines('whole', 'rollouts.jsonl').map(({ step, question }) => [step, question])).toEqual([
      [1, 0], [1, 1], [2, 0], [2, 1], [3, 0], [3, 1],
    ]) // prettier-ignore
    expect(JSON.parse(text('whole', 'summary.json'))).toMatchObject({ steps: 3, last: { step: 3 } })
    expect(JSON.parse(text('whole', 'adapter/adapter_config.json'))).toMatchObject({ peft_type: 'LORA', r: 8 })
    const adapter = readSafetensors(readFileSync(join(folder, 'whole/adapter/adapter_model.safetensors')))
    expect([...adapter.values()].some(({ data }, i) => i % 2 === 1 && data.some((x) => x !== 0))).toBe(true)

    await train('again')
    expect(content('again')).toEqual(content('whole'))

    // As when a process was killed after its checkpoint: two steps, then lines that the checkpoint knows nothing of.
    await train('pieces', { steps: 2 })
    const torn = join(folder, 'pieces/steps.jsonl')
    writeFileSync(torn, text('pieces', 'steps.jsonl') + '{"step":3,"loss":123}\n{"step":4,"lo')
    await train('pieces')
    expect(content('pieces')).toEqual(content('whole'))
  })
})
