/**
 * The LoRA gradients g of a policy against central differences of its own forward pass f: along u, a random half of g's numbers
 * made a unit vector, the slope should be g·u. With D(h) = (f(h) − f(−h)) / 2h, Richardson's (4 D(h) − D(2h)) / 3 leaves an error
 * of h⁴ and of f's rounding / h. h begins where f moves by CHANGE, and is halved while D(h) and D(2h) are more than APART of each
 * other: there the error of h⁴ is above 1e-4 (q and k of a deep model bend f far sooner than its other tensors do).
 */
import type { Batch, PerToken, Policy } from '../policy/policy'

export interface GradientCheck {
  name: string
  /** |slope − g·u| / |g·u|. */
  relative: number
  /** h, in the units of the tensor. */
  step: number
}

/** Of f between −h and h, in nats. */
const CHANGE = 0.4
const APART = 0.02
/** Below CHANGE / 2^HALVINGS rounding is the larger error. */
const HALVINGS = 3

/**
 * @param weights of each completion token's log-prob in f, [B][T]
 * @param random uniform in [0, 1); B starts at zero and is first moved away from there, or A would have no gradient
 * @param chosen the tensors to look at
 */
export async function checkGradients(
  policy: Policy, batch: Batch, weights: PerToken, random: () => number, chosen: (name: string) => boolean,
): Promise<GradientCheck[]> {
  const { inspect } = policy
  if (!inspect) throw new Error('this policy does not show its gradients; verify a model on this machine.')
  const tensors = await inspect.tensors()
  for (const { name, shape } of tensors) {
    if (!name.includes('lora_B')) continue
    const size = shape.reduce((a, b) => a * b, 1)
    await inspect.nudge(name, Array.from({ length: size }, () => 2 * random() - 1), 0.05)
  }
  const { id } = await policy.forward(batch)
  await policy.backward(id, { logprob: weights })
  const gradients = new Map<string, number[]>()
  for (const { name } of tensors) if (chosen(name)) gradients.set(name, await inspect.gradient(name))

  const f = async () => {
    const logprob = await policy.logprobs(batch, 'current')
    return logprob.reduce((sum, row, b) => row.reduce((part, x, t) => part + x * weights[b]![t]!, sum), 0)
  }
  const checks: GradientCheck[] = []
  for (const [name, gradient] of gradients) {
    const half = gradient.map((x) => (random() < 0.5 ? x : 0))
    const expected = Math.sqrt(half.reduce((sum, x) => sum + x * x, 0))
    const direction = half.map((x) => x / expected)
    const central = async (h: number) => {
      await inspect.nudge(name, direction, h)
      const above = await f()
      await inspect.nudge(name, direction, -2 * h)
      const below = await f()
      await inspect.nudge(name, direction, h)
      return (above - below) / (2 * h)
    }
    let step = CHANGE / 2 / expected
    let [wide, narrow] = [await central(2 * step), await central(step)]
    for (let halvings = 0; halvings < HALVINGS && Math.abs(wide - narrow) > APART * Math.abs(narrow); halvings++) {
      step /= 2
      wide = narrow
      narrow = await central(step)
    }
    checks.push({ name, relative: Math.abs((4 * narrow - wide) / 3 - expected) / expected, step })
  }
  return checks
}
