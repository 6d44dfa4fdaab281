/**
 * Every file of the real exporters, dequantised and run in f64, against the same in torch (`weights64`): it says the same, to the
 * rounding of the numbers written there, or is refused with one sentence.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDisk } from '../hub/disk'
import { SHARED } from '../hub/golden'
import { greedy, score } from '../models/float64'
import { modelInFloat64 } from '../onnx/dequantise'
import { readModel } from '../onnx/model'
import type { Repository } from '../onnx/repository'

const folder = join(SHARED, 'models/dialects')
const LIMIT = 1e-4
/** Of the reference's two best logits; below it a different token is a tie. */
const TIE = 1e-3

interface Numbers {
  logprobs: number[][]
  entropy: number[][]
  greedy: number[]
  greedy_min_gap: number
}

interface Reference {
  inputs: { batch: number[][]; greedy_prompt: number[] }
  variants: Record<string, { weights64: Numbers | null; rope?: string }>
}

interface Variant {
  expect: 'run' | 'refuse'
}

const json = <T>(...path: string[]) => JSON.parse(readFileSync(join(folder, ...path), 'utf8')) as T
const models = existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'manifest.json'))) : []

/** The same folder with another file as config.json. */
function withConfig(repository: Repository, name: string): Repository {
  const path = (file: string) => (file === 'config.json' ? name : file)
  return { ...repository, text: (file) => repository.text(path(file)), exists: (file) => repository.exists(path(file)) }
}

/** Every range of a file once from the disk: greedy text reads the weights for each token. */
function inMemory(repository: Repository): Repository {
  const files = new Map<string, Promise<Uint8Array>>()
  const whole = async (path: string) => repository.read(path, 0, await repository.size(path))
  return {
    ...repository,
    async read(path, offset, length) {
      if (!files.has(path)) files.set(path, whole(path))
      return (await files.get(path)!).slice(offset, offset + length)
    },
  }
}

describe.skipIf(models.length === 0)('files of the real exporters in f64 (skipped without ETUDE_SHARED)', () => {
  const lines: string[] = []
  afterAll(() => console.log(lines.join('\n')))

  describe.each(models)('%s', (model) => {
    const { variants } = json<{ variants: Record<string, Variant> }>(model, 'manifest.json')
    const { inputs, variants: references } = json<Reference>(model, 'reference.json')
    const all = Object.entries(variants)
    const repository = openDisk(join(folder, model), model)
    let [ran, worst, entropy] = [0, 0, 0]
    afterAll(() => {
      const most = `largest |Δ log-prob| ${worst.toExponential(1)}, |Δ entropy| ${entropy.toExponential(1)}`
      lines.push(`${model}: ${ran} of ${all.length} variants run, ${most}`)
    })

    it.each(all.filter(([, { expect: wanted }]) => wanted === 'run').map(([name]) => name))('%s', async (name) => {
      const { weights64, rope } = references[name]!
      const found = await readModel(inMemory(repository), `onnx/${name}.onnx`)
      const model64 = await modelInFloat64(found)
      const ours = await score(model64, inputs.batch)
      const difference = (a: number[][], b: number[][]) => {
        expect(a.map((row) => row.length)).toEqual(b.map((row) => row.length))
        return a.flatMap((row, r) => row.map((x, t) => Math.abs(x - b[r]![t]!))).reduce((most, x) => (x <= most ? most : x), 0)
      }
      const [logprob, entropies] = [difference(ours.logprobs, weights64!.logprobs), difference(ours.entropies, weights64!.entropy)]
      worst = Math.max(worst, logprob)
      entropy = Math.max(entropy, entropies)
      ran++
      expect(logprob).toBeLessThanOrEqual(LIMIT)
      expect(entropies).toBeLessThanOrEqual(LIMIT)
      const { tokens } = await greedy(model64, inputs.greedy_prompt, weights64!.greedy.length)
      if (weights64!.greedy_min_gap > TIE) expect(tokens).toEqual(weights64!.greedy)
      // A table that contradicts the config is followed, and said.
      expect(found.warnings.some((warning) => warning.includes('rotary'))).toBe(rope !== undefined)
    })

    it.each(all.filter(([, { expect: wanted }]) => wanted === 'refuse').map(([name]) => name))('%s is refused', async (name) => {
      const message = await readModel(repository, `onnx/${name}.onnx`).then(
        () => 'it was taken',
        (error: unknown) => (error as Error).message,
      )
      expect(message).toMatch(/^onnx[^\n]{40,400}[^.]\.$/)
    })

    it.runIf(existsSync(join(folder, model, 'config.v5.json')))('the newer spelling of its config says the same', async () => {
      for (const [name] of all) {
        const old = await readModel(repository, `onnx/${name}.onnx`)
        const fresh = await readModel(withConfig(repository, 'config.v5.json'), `onnx/${name}.onnx`)
        expect(fresh.config).toEqual(old.config)
        expect(fresh.warnings).toEqual(old.warnings)
        expect(await fresh.rope.tables(64)).toEqual(await old.rope.tables(64))
      }
    })
  })
})
