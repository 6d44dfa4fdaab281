/** A proof in words and as rows of figures, each beside what is allowed. */
import type { Proof } from '../../policy/host'
import { count, metric } from '../format'
import { say } from '../words/say'

export interface Figure {
  name: string
  found: string
  allowed: string
  /** Whether it is within what is allowed. */
  fine: boolean
}

/** Not finite numbers are never fine. */
export function figuresOf(proof: Proof): Figure[] {
  const { logprob, dequantised, limit, gradientLimit, greedy, gradients, adapter, tokens } = proof
  const errors = gradients.map(({ relative }) => relative)
  const worst = errors.length === 0 ? Number.NaN : Math.max(...errors) // NaN where one of them is
  const below = (name: string, found: number, allowed: number): Figure =>
    ({ name, found: metric(found), allowed: metric(allowed), fine: found <= allowed })
  const whole = greedy.ties > 0 ? say`${greedy.equal} of ${greedy.of}, ${greedy.ties} at near-ties` : say`${greedy.equal} of ${greedy.of}`
  const zero = adapter.off === 0
  const off: Figure = { name: say`adapter off, from the bare model`, found: zero ? '0' : metric(adapter.off), allowed: '0', fine: zero }
  const moved: Figure = { name: say`adapter on, from the bare model`, found: metric(adapter.on), allowed: say`more`,
    fine: adapter.on > limit }
  return [
    below(say`largest |Δ log-prob| of ${count(tokens)}`, logprob.maxAbs, limit),
    ...(dequantised ? [below(say`the same, from float64`, dequantised.maxAbs, limit)] : []),
    { name: say`greedy texts that are equal`, found: whole, allowed: say`all`, fine: greedy.equal + greedy.ties === greedy.of },
    below(say`gradients, largest relative error of ${gradients.length} tensors`, worst, gradientLimit),
    off,
    ...(moved.fine ? [] : [moved]),
  ]
}

/** One or two sentences: whether the device computes this model as the reference does, and if not, in what. */
export function verdictOf(proof: Proof): string {
  const reference = proof.reference === 'ort' ? 'ONNX Runtime' : say`a forward pass in float64`
  if (proof.pass) return say`Proved: this device computes what ${reference} does on the same file, and its gradients are right.`
  const wrong = figuresOf(proof).filter(({ fine }) => !fine)
  const words = wrong.map(({ name, found, allowed }) => say`${name}: ${found}, allowed ${allowed}`).join('; ')
  return say`Not proved. ${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
