/**
 * The wire's losses: value and slope in the log-probs lp of the targets, summed over tokens and rows. lq are the log-probs of the
 * sampler, A the advantages, r = e^(lp − lq).
 *   cross_entropy        −w·lp
 *   importance_sampling  −r·A
 *   ppo                  −min(r·A, clip(r, low, high)·A)
 *   cispo                −stop(clip(r, low, high))·A·lp
 *   dro                  −(lp·A − ½β(lp − lq)²)
 */
import { Refusal } from './limits'

export interface LossInputs {
  weights?: number[]
  logprobs?: number[]
  advantages?: number[]
}

type Config = Record<string, number | string>
/** Of one token: [value, slope]. */
type Rule = (lp: number, inputs: { w: number; lq: number; a: number }) => [number, number]

const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high)

function ruleOf(loss: string, config: Config): Rule {
  const number = (name: string, usual: number) => {
    const value = config[name] ?? usual
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new Refusal(422, `loss_fn_config.${name} is ${value}, and must be a number`)
    return value
  }
  const only = (...names: string[]) => {
    const other = Object.keys(config).find((name) => !names.includes(name))
    if (other !== undefined) throw new Refusal(422, `${loss} knows no setting ${other}; it has ${names.join(', ') || 'none'}`)
  }
  if (loss === 'cross_entropy') {
    only()
    return (lp, { w }) => [-w * lp, -w]
  }
  if (loss === 'importance_sampling') {
    only()
    return (lp, { lq, a }) => {
      const r = Math.exp(lp - lq)
      return [-r * a, -r * a]
    }
  }
  if (loss === 'ppo' || loss === 'cispo') {
    only('clip_low_threshold', 'clip_high_threshold')
    const [low, high] = [number('clip_low_threshold', loss === 'ppo' ? 0.8 : 0), number('clip_high_threshold', loss === 'ppo' ? 1.2 : 4)]
    return (lp, { lq, a }) => {
      const r = Math.exp(lp - lq)
      const clipped = clip(r, low, high)
      if (loss === 'cispo') return [-clipped * a * lp, -clipped * a]
      return r * a <= clipped * a ? [-r * a, -r * a] : [-clipped * a, 0]
    }
  }
  if (loss === 'dro') {
    only('beta')
    const beta = number('beta', 0.05)
    return (lp, { lq, a }) => [-(lp * a - 0.5 * beta * (lp - lq) ** 2), -(a - beta * (lp - lq))]
  }
  throw new Refusal(422, `there is no loss ${loss.slice(0, 40)}; there are cross_entropy, importance_sampling, ppo, cispo and dro`)
}

/** What the loss needs of each row. */
export function needsOf(loss: string): (keyof LossInputs)[] {
  return loss === 'cross_entropy' ? ['weights'] : ['logprobs', 'advantages']
}

/** Throws a Refusal on an unknown loss or setting. `lp` and the inputs are [B][T]. */
export function lossOf(loss: string, config: Config): (lp: number[][], inputs: LossInputs[]) => { value: number; slope: number[][] } {
  const rule = ruleOf(loss, config)
  return (lp, inputs) => {
    let value = 0
    const slope = lp.map((row, b) => {
      const { weights, logprobs, advantages } = inputs[b]!
      return row.map((each, t) => {
        const [add, by] = rule(each, { w: weights?.[t] ?? 0, lq: logprobs?.[t] ?? 0, a: advantages?.[t] ?? 0 })
        value += add
        return by
      })
    })
    return { value, slope }
  }
}
