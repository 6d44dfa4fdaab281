/** What the card of a token says: whose token it is, its loss in letters and in its own numbers, and in words what the step does to it. */
import { clips, type LossType } from '../../rl/math/losses'
import { hasBonus, type Objective } from '../../rl/objective-settings'
import { fixed, metric } from '../format'
import { LEASH, RATIOS, TERMS, WEIGHTS, type Put } from './formulas'
import type { TokenView } from './look'
import type { Rule } from './rule'
import { later, say } from '../words/say'

export interface Card {
  title: string
  way: 'up' | 'down' | undefined
  /** TeX: the objective in letters, then line by line with the numbers. */
  letters: string
  numbers: string[]
  words: string[]
  /** d(loss) / d(log π), as the record has it. */
  slope: number
}

export interface Place {
  /** Of the completion as it is ranked, and of the token in it; from 0. */
  attempt: number
  token: number
}

type Loss = Exclude<Rule, { of: 'none' }>

/** @param group the tokens of all completions of the group that is shown, to compare with */
export function cardOf(token: TokenView, place: Place, rule: Loss, group: readonly TokenView[][]): Card {
  const { slope } = token
  return {
    title: say`${ordinal(place.token)} token of the ${ordinal(place.attempt)} attempt`,
    way: slope < 0 ? 'up' : slope > 0 ? 'down' : undefined,
    letters: lettersOf(rule),
    numbers: numbersOf(token, rule),
    words: [boundWords(token, rule), ...partWords(token, rule), pushWords(token, group)].filter((said) => said !== undefined),
    slope,
  }
}

function lettersOf(rule: Loss): string {
  const leashed = rule.of === 'family' && rule.settings.beta > 0
  const leash = leashed ? (rule.settings.use_bias_correction_kl ? LEASH.corrected : LEASH.letters) : ''
  const { letters } = TERMS[nameOf(rule)]
  return String.raw`\mathcal L=\sum_{i,t} c_i\,\ell_{i,t},\qquad \ell = ${letters}${leash}`
}

const nameOf = (rule: Loss): LossType | 'rloo' | 'ppo' => (rule.of === 'ppo' ? 'ppo' : rule.settings.loss_type)
const weightOf = (rule: Loss) => WEIGHTS[rule.of === 'ppo' ? rule.settings.convention : rule.settings.loss_type]

/** Whose ratio the loss bounds. */
const levelOf = (rule: Loss) => {
  if (rule.of === 'ppo') return 'token'
  return rule.settings.loss_type === 'rloo' ? 'product' : rule.settings.importance_sampling_level
}

function numbersOf(token: TokenView, rule: Loss): string[] {
  const { logprob, old, ratio, advantage, value, returns, by, term, kl, weight, slope, share } = token
  const level = levelOf(rule)
  const numbers = TERMS[nameOf(rule)].numbers(put(token, rule))
  const w = level === 'token' ? String.raw`w = \exp\bigl(${tex(logprob)}-${inner(old)}\bigr)` : RATIOS[level].letters
  const family = rule.of === 'family' ? rule.settings : undefined
  const leashed = family && family.beta > 0 && kl !== undefined && token.reference !== undefined
  const came = value !== undefined && returns !== undefined
  const expected = came ? String.raw`,\qquad V=${tex(value)},\ R=${tex(returns)}` : ''
  const by_w = family?.use_bias_correction_kl ? 'w\\,' : ''
  const pull = leashed ? String.raw`${by_w}k_3 = ${tex(kl)},\qquad \beta = ${tex(family.beta)}` : undefined
  return [
    String.raw`${w} = ${tex(ratio)},\qquad A = ${tex(advantage)}${expected}`,
    String.raw`\ell = ${by === 1 ? numbers : String.raw`${tex(by)}\cdot\bigl(${numbers}\bigr)`} = ${tex(by * term)}`,
    ...(pull ? [pull] : []),
    String.raw`c = ${weightOf(rule).letters} = ${tex(weight)},\qquad \text{${say`its part of`} } \mathcal L = ${tex(share)}`,
    String.raw`\frac{\partial\mathcal L}{\partial\log\pi} = ${tex(slope)}`,
  ]
}

function put({ ratio, advantage, logprob, phi }: TokenView, rule: Loss): Put {
  const { settings } = rule
  const [below, above] = rule.of === 'ppo' ? [rule.settings.cliprange, rule.settings.cliprange] : boundsOf(rule.settings)
  const sapo = rule.of === 'family' ? (advantage > 0 ? rule.settings.sapo_temperature_pos : rule.settings.sapo_temperature_neg) : 1
  const delta = 'delta' in settings ? settings.delta : undefined
  return {
    w: tex(ratio), A: inner(advantage), lp: inner(logprob), phi: tex(phi), tau: tex(sapo),
    low: tex(1 - below), high: tex(1 + above), highest: tex(above), delta: delta === undefined ? undefined : tex(delta),
  }
}

const boundsOf = ({ epsilon, epsilon_high }: Pick<Objective, 'epsilon' | 'epsilon_high'>) => [epsilon, epsilon_high ?? epsilon] as const

/** What clipping did, or what keeps the token out of the loss. */
function boundWords({ held, ratio, advantage, by }: TokenView, rule: Loss): string | undefined {
  if (by === 0) return say`Left out of the loss: masks of the run’s settings keep this token from being trained.`
  if (advantage === 0) return say`The advantage is 0: there is nothing to bound, and nothing to learn from this token.`
  if (rule.of === 'family' && !clips(rule.settings.loss_type)) {
    const { says } = TERMS[rule.settings.loss_type]
    if (rule.settings.loss_type !== 'cispo') return say.of(says)
    return held ? say`Cut: the ratio ${fixed(ratio, 3)} counts as ${boundsOf(rule.settings)[1]} only, but the token keeps a
      slope.` : say.of(says)
  }
  if (held) {
    const so = advantage > 0 ? say`made likelier enough already` : say`made less likely enough already`
    return say`Clipped: its ratio ${fixed(ratio, 3)} has left the bounds, it was ${so}, and this step leaves it alone.`
  }
  return ratio === 1
    ? say`Not clipped: the policy is still the one that sampled, so the ratio is exactly 1.`
    : say`Not clipped: the ratio ${fixed(ratio, 3)} is within its bounds, or comes back from beyond them.`
}

function partWords({ by, value, returns, advantage }: TokenView, rule: Loss): string[] {
  const corrected: string[] = []
  if (by !== 0 && by !== 1) corrected.push(say`Its term is multiplied by ${fixed(by, 3)}, because the sampler was not quite the trainer.`)
  if (rule.of === 'family' && hasBonus(rule.settings))
    corrected.push(say`Beside this slope the entropy bonus pulls at the whole choice here: it pays for leaving it open.`)
  if (rule.of !== 'ppo' || value === undefined || returns === undefined) return corrected
  const better = returns > value ? say`more` : say`less`
  return [
    ...corrected,
    say`Before it the value head expected ${fixed(value)}; ${fixed(returns)} came, which is ${better}. The advantage ${fixed(advantage)} is
      that difference beside those of all tokens of the batch (whitened).`,
  ]
}

/** Which way its probability is pushed, and how hard beside the other tokens of the group. */
function pushWords({ slope, logprob }: TokenView, group: readonly TokenView[][]): string {
  const p = Math.exp(logprob)
  const chance = say`its probability ${p < 0.01 ? metric(p) : fixed(p)}`
  if (slope === 0) return say`The slope is 0: this step’s loss leaves ${chance} as it is.`
  const pulls = group.flat().map((other) => Math.abs(other.slope))
  const harder = pulls.filter((pull) => pull > Math.abs(slope) * (1 + 1e-9)).length
  const alike = pulls.filter((pull) => Math.abs(pull - Math.abs(slope)) <= Math.abs(slope) * 1e-9).length
  const beside = harder === 0 ? say`as hard as any of the group’s ${pulls.length} tokens`
    : say`${harder} of the group’s ${pulls.length} tokens are pulled harder`
  const same = alike > 1 ? say`, ${alike - 1} just as hard` : ''
  return slope < 0
    ? say`The slope is negative, so a step against it pushes ${chance} up: ${beside}${same}.`
    : say`The slope is positive, so a step against it pushes ${chance} down: ${beside}${same}.`
}

const ORDINALS = [
  later`first`, later`second`, later`third`, later`fourth`, later`fifth`, later`sixth`, later`seventh`, later`eighth`, later`ninth`,
  later`tenth`, later`eleventh`, later`twelfth`,
]

/** 0 → “first”, 20 → “21st”. */
export function ordinal(index: number): string {
  const n = index + 1
  const named = ORDINALS[index]
  if (named) return say.of(named)
  const last = n % 100 > 10 && n % 100 < 14 ? 0 : n % 10
  return last === 1 ? say`${n}st` : last === 2 ? say`${n}nd` : last === 3 ? say`${n}rd` : say`${n}th`
}

/** A number in TeX: three figures, or a power of ten where it is small. */
function tex(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return String.raw`\text{${say`none`}}`
  if (size !== 0 && (size < 0.005 || size >= 1e5)) {
    const [digits, power] = value.toExponential(2).split('e')
    return String.raw`${Number(digits)}{\cdot}10^{${Number(power)}}`
  }
  return String(Number(value.toFixed(size < 10 ? 3 : 1)))
}

const inner = (value: number): string => (value < 0 ? `(${tex(value)})` : tex(value))

