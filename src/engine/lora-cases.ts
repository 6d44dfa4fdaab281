/** For tests: LoRA gradients and AdamW steps of PEFT and torch in f64, folder by folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Policy } from '../policy/policy'
import { gradientsOf, openEngine, parametersOf, relative, tensorsOf } from './cases'

interface Reference {
  base: string
  frozen_weights: string
  inputs: number[][]
  weights: number[][]
  weights_entropy: number[][]
  logprobs: number[][]
  entropy: number[][]
  base_logprobs: number[][]
  steps: { grad_norm_before_clip: number }[]
}

/** One test per folder of `cases`; `models` is the folder that `base` is named in, `frozen_weights` the ONNX file where it is one. */
export function describeLoraCases(cases: string, models: string): void {
  const mine = readdirSync(cases).map((name) => {
    const reference = JSON.parse(readFileSync(join(cases, name, 'reference.json'), 'utf8')) as Reference
    const { base, frozen_weights: frozen } = reference
    const file = frozen.endsWith('.onnx') ? `onnx/${frozen.replace(/^onnx\//, '')}` : 'onnx/model.onnx'
    return { name, reference, folder: join(models, base), file }
  })

  it('finds its cases', () => {
    expect(mine.length).toBeGreaterThan(0)
  })

  describe.each(mine)('$name', ({ name, reference, folder, file }) => {
    const at = (path: string) => join(cases, name, path)
    const rows = reference.inputs.map((ids) => ({ prompt: [ids[0]!], completion: ids.slice(1) }))
    const batch = { rows, temperature: 1 }
    const open = (activations?: number) => openEngine(folder, at('adapter'), { file, ...(activations && { activations }) })
    const worst = (a: number[][], b: number[][]) => Math.max(...a.flatMap((row, i) => row.map((x, t) => Math.abs(x - b[i]![t]!))))
    const backward = async (policy: Policy) => {
      const { id } = await policy.forward(batch)
      await policy.backward(id, { logprob: reference.weights.map((row) => row.map((w) => -w)) })
    }
    const compare = async (policy: Policy, numbers: string) => {
      const gradients = await gradientsOf(policy)
      const wanted = tensorsOf(at(numbers))
      expect([...gradients.keys()].sort()).toEqual([...wanted.keys()].sort())
      const off = [...gradients].map(([tensor, values]) => relative(values, wanted.get(tensor)!))
      console.info(`${name}: worst tensor of ${numbers} ${Math.max(...off).toExponential(1)} relative`)
      for (const value of off) expect(value).toBeLessThan(1e-4)
    }

    it('gives its log-probs and entropies, with the adapter and without', async () => {
      const policy = await open()
      const { logprob, entropy } = await policy.forward(batch)
      expect(worst(logprob, reference.logprobs)).toBeLessThan(5e-5)
      // the reference has one more position in front where it counts from the first token on
      expect(
        worst(
          entropy,
          reference.entropy.map((row, i) => row.slice(0, entropy[i]!.length)),
        ),
      ).toBeLessThan(5e-5)
      expect(worst(await policy.logprobs(batch, 'off'), reference.base_logprobs)).toBeLessThan(5e-5)
      await policy.close()
    })

    it('gives the gradients of its log-probs and of its entropies', async () => {
      const policy = await open()
      await backward(policy)
      await compare(policy, 'grads.safetensors')
      await policy.step({ learningRate: 0, beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, maxGradNorm: 0 }) // zeroes the gradients
      const { id } = await policy.forward(batch)
      await policy.backward(id, { logprob: rows.map(({ completion }) => completion.map(() => 0)), entropy: reference.weights_entropy })
      await compare(policy, 'grads_entropy.safetensors')
      await policy.close()
    })

    it('has the same gradients to the bit in one micro-batch and in many', async () => {
      const [whole, parts] = [await open(), await open(1)]
      await backward(whole)
      await backward(parts)
      expect(await gradientsOf(parts)).toEqual(await gradientsOf(whole))
      await whole.close()
      await parts.close()
    })

    it('makes its AdamW steps', async () => {
      const policy = await open()
      for (let i = 0; existsSync(at(`adapter_step${i + 1}.safetensors`)); i++) {
        await backward(policy)
        const { gradNorm } = await policy.step({
          learningRate: 1e-2,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          weightDecay: 0.01,
          maxGradNorm: 1,
        })
        expect(Math.abs(gradNorm / reference.steps[i]!.grad_norm_before_clip - 1)).toBeLessThan(1e-4)
        const wanted = tensorsOf(at(`adapter_step${i + 1}.safetensors`))
        for (const [tensor, values] of await parametersOf(policy)) {
          values.forEach((x, j) => expect(Math.abs(x - wanted.get(tensor)![j]!)).toBeLessThan(5e-4))
        }
      }
      await policy.close()
    })
  })
}
