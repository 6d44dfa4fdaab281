/**
 * Models of the real exporters in every precision, on the GPU as they lie in their files: log-probs, entropies and greedy tokens
 * against torch in f64 on the dequantised weights of the same file.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
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

interface Numbers {
  logprobs: number[][]
  entropy: number[][]
  greedy: number[]
  greedy_min_gap: number
}

interface Reference {
  inputs: { batch: number[][]; greedy_prompt: number[] }
  variants: Record<string, { weights64?: Numbers }>
}

interface Manifest {
  variants: Record<string, { expect: 'run' | 'refuse' }>
}

const root = join(SHARED, 'models', 'dialects')
const json = <T>(...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8')) as T
const models = existsSync(root) ? readdirSync(root).filter((name) => existsSync(join(root, name, 'reference.json'))) : []
const cases = models.flatMap((model) => {
  const reference = json<Reference>(model, 'reference.json')
  const run = Object.entries(json<Manifest>(model, 'manifest.json').variants).filter(([, { expect: wanted }]) => wanted === 'run')
  return run.map(([variant]) => ({ model, variant, inputs: reference.inputs, wanted: reference.variants[variant]?.weights64 }))
})

/** Distance that two numbers of the same sum in f32 and f64 may have. */
const LIMIT = 1e-4
/** Largest gap between the two best logits at which another greedy token is rounding. */
const TIE = 1e-3
/** 128 rows of the embedding: every model's table is cut. */
const cut = (hidden: number) => 128 * 4 * hidden

describe('models/dialects of the shared folder', () => {
  if (cases.length === 0) {
    it.skip(`skipped: no folder ${root}; set ETUDE_SHARED to the one that holds it`)
    return
  }
  const found: string[] = []
  afterAll(() => {
    console.info(`largest distances from f64 on the dequantised weights\n${found.join('\n')}`)
  })

  it.each(cases)('$model $variant', async ({ model, variant, inputs, wanted }) => {
    const gpu = await testGpu()
    const source = await readModel(openDisk(join(root, model)), `onnx/${variant}.onnx`)
    const planned = weightBytes(source)
    const before = gpu.bytes
    const decoder = await loadModel(gpu, source, { binding: cut(source.config.hidden) })
    expect(Math.abs(gpu.bytes - before - planned)).toBeLessThan(0.01 * planned)
    const lora = new LoraParameters(gpu, decoder.config, { rank: 1, scale: 1, targets: LORA_TARGETS })
    const rows = inputs.batch.map((ids) => ({ prompt: [ids[0]!], completion: ids.slice(1) }))
    const { logprob, entropy } = await new Scorer(gpu, decoder, lora, 2 ** 28).forward({ rows, temperature: 1 })
    expect(wanted, 'the numbers of this file').toBeDefined()
    const off = (a: number[][], b: number[][]) => Math.max(...a.flatMap((row, i) => row.map((x, t) => Math.abs(x - b[i]![t]!))))
    const worst = off(logprob, wanted!.logprobs)
    const worstEntropy = off(entropy, wanted!.entropy)
    found.push(`${model} ${variant}: log-probs ${worst.toExponential(1)}, entropy ${worstEntropy.toExponential(1)}`)
    expect(worst).toBeLessThan(LIMIT)
    expect(worstEntropy).toBeLessThan(LIMIT)

    const key = { seed: 0, purpose: 'evaluation' as const, step: 0 }
    const options = { n: 1, maxTokens: wanted!.greedy.length, stop: [], temperature: 0, adapter: 'off', key }
    const greedy = await new Sampler(gpu, decoder, lora, 2 ** 28).sample([inputs.greedy_prompt], options)
    if (wanted!.greedy_min_gap > TIE) expect(greedy[0]![0]!.tokens).toEqual(wanted!.greedy)
    else found.push(`${model} ${variant}: greedy not compared, gap ${wanted!.greedy_min_gap}`)
  })
})
