/** A proof is said as what it is: nothing that is beyond its limit, or no number, passes for proved. */
import { expect, it } from 'vitest'
import type { Proof } from '../../policy/host'
import { figuresOf, verdictOf } from './proofFigures'

const proof: Proof = {
  model: 'm', file: 'onnx/model.onnx', device: 'a GPU', dtype: 'f32', dialect: 'optimum', reference: 'ort', about: 'ONNX Runtime',
  limit: 1e-4, gradientLimit: 1e-3, tokens: 2016, logprob: { maxAbs: 4.1e-5, meanAbs: 1e-6 }, dequantised: { maxAbs: 7.4e-5 },
  greedy: { equal: 19, ties: 1, of: 20, differences: [] },
  gradients: [{ name: 'a', relative: 1e-4, measured: 1, step: 1 }, { name: 'b', relative: 3e-4, measured: 1, step: 1 }],
  adapter: { off: 0, on: 2 }, pass: true, warnings: [],
} // prettier-ignore

it('says what was found beside what is allowed', () => {
  expect(verdictOf(proof)).toMatch(/^Proved: .*ONNX Runtime/)
  expect(figuresOf(proof).map(({ found, allowed }) => `${found} / ${allowed}`)).toEqual([
    '4.1e−5 / 1e−4', '7.4e−5 / 1e−4', '19 of 20, 1 at near-ties / all', '3e−4 / 1e−3', '0 / 0',
  ]) // prettier-ignore
  expect(verdictOf({ ...proof, reference: 'dequantised' })).toContain('float64')
})

it.each<[string, Partial<Proof>, RegExp]>([
  ['a log-prob', { logprob: { maxAbs: 3e-3, meanAbs: 0 } }, /^Not proved\. Largest .*2,016: 3e−3, allowed 1e−4\.$/],
  ['no number', { logprob: { maxAbs: Number.NaN, meanAbs: 0 } }, /Largest .*: –, allowed 1e−4\.$/],
  ['float64', { dequantised: { maxAbs: 1 } }, /from float64: 1\.00, allowed/],
  ['a greedy text', { greedy: { equal: 19, ties: 0, of: 20, differences: [] } }, /Greedy texts that are equal: 19 of 20, allowed all\./],
  ['a gradient', { gradients: [{ name: 'a', relative: 1e-2, measured: 1, step: 1 }, { name: 'b', relative: 0, measured: 1, step: 1 }] }, /2 tensors: 0\.01, /],
  ['a gradient that is no number', { gradients: [{ name: 'a', relative: Number.NaN, measured: 1, step: 1 }, { name: 'b', relative: 0, measured: 1, step: 1 }] }, /tensors: –,/],
  ['no gradient', { gradients: [] }, /0 tensors: –/],
  ['the bare model', { adapter: { off: 1e-7, on: 2 } }, /Adapter off, from the bare model: 1e−7, allowed 0\./],
  ['an adapter that does nothing', { adapter: { off: 0, on: 0 } }, /Adapter on, from the bare model: 0\.00, allowed more\./],
])('names %s that is beyond its limit', (_, change, words) => {
  const wrong = { ...proof, ...change, pass: false }
  expect(verdictOf(wrong)).toMatch(words)
  expect(figuresOf(wrong).filter(({ fine }) => !fine)).toHaveLength(1)
})
