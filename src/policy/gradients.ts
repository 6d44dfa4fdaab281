/**
 * The LoRA gradients g of a policy against central differences of its own forward pass f. Tensors of one layer and side (A or B) move
 * together, each along a random half of g's numbers and by a share of its own, c = 1, 1¼, 1½, …, so that the slope should be S = Σ c: a
 * tensor whose gradient is wrong by a part r along its way shows as a slope wrong by r c ≥ r, and two that are wrong the opposite way
 * as one wrong by r / 4 or more. Where the slope is off by more than half of what is allowed, the tensors are halved until each that
 * is to blame stands alone.
 *
 * The slope is Romberg's: with D(h) = (f(h) − f(−h)) / 2h, T(i, 0) = D(h / 2^i) and T(i, j) = T(i, j−1) + (T(i, j−1) − T(i−1, j−1)) /
 * (4^j − 1), until the last two of a row agree. h begins where f moves by CHANGE √(tensors · tokens) nats between its ends: above, f bends
 * too much; below, its rounding counts for more.
 */
import type { GradientCheck } from './host'
import type { Batch, Inspect, PerToken, Policy } from './policy'

const CHANGE = 0.17
/** Between two shares. */
const SPREAD = 0.25
/** Rows of the table at most. */
const ROWS = 6

export interface Check {
  /** Weights of each completion token's log-prob in f, [B][T]. */
  weights: PerToken
  /** Uniform in [0, 1); B starts at zero and is first moved away from there, or A would have no gradient. */
  random: () => number
  /** The tensors to look at. */
  chosen: (name: string) => boolean
  /** The relative error that is allowed. */
  limit: number
  /** Told the part that is done. */
  onDone?: (fraction: number) => Promise<void>
}

/** One tensor on its way: moving h along `direction` moves f by h · share, if its gradient is right. */
interface Way {
  name: string
  share: number
  direction: number[]
  size: number
}

/** In the order of the policy's tensors; those that moved together have their error in common. The adapter is left away from its start. */
export async function checkGradients(policy: Policy, batch: Batch, check: Check): Promise<GradientCheck[]> {
  const { weights, random, limit } = check
  const { inspect } = policy
  if (!inspect) throw new Error('this policy does not show its gradients; prove a model on this device.')
  const tensors = await inspect.tensors()
  for (const { name, shape } of tensors) {
    if (!name.includes('lora_B')) continue
    const size = shape.reduce((a, b) => a * b, 1)
    await inspect.nudge(name, Array.from({ length: size }, () => 2 * random() - 1), 0.05)
  }
  const { id } = await policy.forward(batch)
  await policy.backward(id, { logprob: weights })
  const groups = new Map<string, Way[]>()
  for (const { name } of tensors.filter((tensor) => check.chosen(tensor.name))) {
    const key = `${/\.layers\.\d+\./.exec(name)?.[0] ?? ''}${name.includes('lora_B') ? 'B' : 'A'}`
    const ways = groups.get(key) ?? []
    groups.set(key, [...ways, wayOf(name, await inspect.gradient(name), 1 + SPREAD * ways.length, random)])
  }

  const f = async () => {
    const logprob = await policy.logprobs(batch, 'current')
    return logprob.reduce((sum, row, b) => row.reduce((part, x, t) => part + x * weights[b]![t]!, sum), 0)
  }
  const change = CHANGE * Math.sqrt(weights.flat().length)
  const judge = async (ways: Way[]): Promise<GradientCheck[]> => {
    const broken = ways.find(({ size }) => !Number.isFinite(size))
    if (broken) throw new Error(`the gradient of ${broken.name} is zero or not finite, which no difference can be compared with.`)
    const { slope, step } = await slopeOf(inspect, ways, f, change * Math.sqrt(ways.length), limit)
    const error = Math.abs(slope - shares(ways))
    if (ways.length === 1 || error <= limit / 2) {
      const relative = error / Math.min(...ways.map(({ share }) => share))
      return ways.map(({ name, size }) => ({ name, relative, measured: slope / shares(ways), step: step * size }))
    }
    const middle = Math.ceil(ways.length / 2)
    return [...(await judge(ways.slice(0, middle))), ...(await judge(ways.slice(middle)))]
  }
  const found = new Map<string, GradientCheck>()
  let done = 0
  for (const ways of groups.values()) {
    for (const result of await judge(ways)) found.set(result.name, result)
    await check.onDone?.(++done / groups.size)
  }
  return tensors.flatMap(({ name }) => found.get(name) ?? [])
}

function wayOf(name: string, gradient: number[], share: number, random: () => number): Way {
  const half = gradient.map((x) => (random() < 0.5 ? x : 0))
  const squares = half.reduce((sum, x) => sum + x * x, 0)
  return { name, share, direction: half.map((x) => (x * share) / squares), size: share / Math.sqrt(squares) }
}

function shares(ways: Way[]): number {
  return ways.reduce((sum, { share }) => sum + share, 0)
}

/** The slope of f along all ways at once, from steps that move it by `change` and less, and the last h. */
async function slopeOf(
  inspect: Inspect, ways: Way[], f: () => Promise<number>, change: number, tolerance: number,
): Promise<{ slope: number; step: number }> {
  const move = async (h: number) => {
    for (const { name, direction } of ways) await inspect.nudge(name, direction, h)
  }
  const central = async (h: number) => {
    await move(h)
    const above = await f()
    await move(-2 * h)
    const below = await f()
    await move(h)
    return (above - below) / (2 * h)
  }
  let step = change / (2 * shares(ways))
  let row = [await central(step)]
  for (let i = 1; i < ROWS; i++) {
    step /= 2
    const above = row
    row = [await central(step)]
    for (let j = 1; j <= i; j++) row.push(row[j - 1]! + (row[j - 1]! - above[j - 1]!) / (4 ** j - 1))
    if (Math.abs(row[i]! - row[i - 1]!) <= tolerance) break
  }
  return { slope: row.at(-1)!, step }
}
