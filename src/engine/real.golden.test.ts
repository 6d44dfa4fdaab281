/** Real models of the shared folder on the GPU: log-probs and greedy tokens of their shortest prompt against the float oracle beside them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDisk } from '../hub/disk'
import { SHARED } from '../hub/golden'
import { testGpu } from '../kernels/check'
import { readModel } from '../onnx/model'
import { LORA_TARGETS } from '../policy/policy'
import { loadModel } from './load'
import { LoraParameters } from './lora'
import { weightBytes } from './memory'
import { Sampler } from './sampler'
import { Scorer } from './scorer'

interface Reference {
  /** Hashes by path; the first file is the model, the others are graphs over its bytes. */
  files: Record<string, string>
  prompts: { name: string; ids: number[]; logprobs: number[]; greedy: { ids: number[]; top2_gap: number[] } }[]
}

const root = join(SHARED, 'models')
const cases = (existsSync(root) ? readdirSync(root) : []).flatMap((model) => {
  const path = join(root, model, 'reference.json')
  if (!existsSync(path)) return []
  const { files, prompts } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Reference>
  const prompt = prompts?.toSorted((a, b) => a.ids.length - b.ids.length)[0]
  const file = Object.keys(files ?? {})[0]
  return file && prompt ? [{ model, file, prompt }] : []
})

/** A software adapter takes most of a second for a token. */
const GREEDY = 4

describe('real models of the shared folder', () => {
  if (cases.length === 0) it.skip(`skipped: no model with a reference.json in ${root}; set ETUDE_SHARED to the folder that holds models`)
  it.each(cases)('$model $file, prompt $prompt.name', { timeout: 120_000 }, async ({ model, file, prompt }) => {
    const gpu = await testGpu()
    const source = await readModel(openDisk(join(root, model)), file)
    const before = gpu.bytes
    const decoder = await loadModel(gpu, source)
    expect(Math.abs((gpu.bytes - before) / weightBytes(source) - 1)).toBeLessThan(0.01)
    const lora = new LoraParameters(gpu, decoder.config, { rank: 1, scale: 1, targets: LORA_TARGETS })
    const rows = [{ prompt: prompt.ids.slice(0, 1), completion: prompt.ids.slice(1) }]
    const [logprobs] = await new Scorer(gpu, decoder, lora, 2 ** 28).logprobs({ rows, temperature: 1 }, 'off')
    const worst = Math.max(...logprobs!.map((x, t) => Math.abs(x - prompt.logprobs[t]!)))
    console.info(`${model} ${prompt.name}: log-probs ${worst.toExponential(1)}`)
    expect(worst).toBeLessThan(1e-3)
    expect(Math.min(...prompt.greedy.top2_gap.slice(0, GREEDY)), 'a gap that rounding does not close').toBeGreaterThan(1e-3)
    const key = { seed: 0, purpose: 'evaluation' as const, step: 0 }
    const options = { n: 1, maxTokens: GREEDY, stop: [], temperature: 0, adapter: 'off', key }
    const greedy = await new Sampler(gpu, decoder, lora, 2 ** 28).sample([prompt.ids], options)
    expect(greedy[0]![0]!.tokens).toEqual(prompt.greedy.ids.slice(0, GREEDY))
  })
})
