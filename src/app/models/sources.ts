/** Where the tree's figures come from, one sentence each, with the numbers of the case put in. */
import { fixed, signed } from '../format'
import type { ResponseView, Shape, WayView } from '../tree/tree'
import { say } from '../words/say'

/** What of the run's settings the figures depend on. */
export interface Rules {
  shape: Shape
  /** Of each grader's score. */
  weights: Record<string, number>
  formatWeight: number
  scale: string
  /** Whether every round's tokens are trained. */
  every: boolean
}

/** The name under which a report keeps the score of a first round's format. */
const FORMAT = 'first_round_format'

/** “mean of its 4 final answers (exact 0.75) + 0.1 × format 1.00” */
export function rewardSource({ reward, scores = {} }: ResponseView, { shape: { k }, weights, formatWeight }: Rules): string {
  const graders = Object.entries(scores).filter(([name]) => name !== FORMAT)
  const parts = graders.map(([name, score]) => `${times(weights[name] ?? 1)}${name} ${score === null ? '–' : fixed(score)}`).join(' + ')
  const format = scores[FORMAT]
  const bonus = formatWeight > 0 && typeof format === 'number' ? say` + ${formatWeight} × format ${fixed(format)}` : ''
  return say`Reward ${fixed(reward ?? NaN)} = mean of its ${answers(k)} (${parts})${bonus}.`
}

/** Whose mean is subtracted, and what the difference is divided by. */
export function advantageSource({ advantage }: ResponseView, rules: Rules): string {
  const { m, k } = rules.shape
  if (rules.every) return say`Advantage ${signed(advantage ?? NaN)} = mean of the advantages of its ${waysOf(k)} on.`
  return say`Advantage ${signed(advantage ?? NaN)} = its reward less the mean of the ${m}${divisor(rules.scale)}.`
}

export function shareSource({ ways }: ResponseView, right: number): string {
  return say`${right} of its ${waysOf(ways.length)} on ended with a right answer.`
}

export function successSource({ success = 0, scores = {} }: WayView, { weights }: Rules): string {
  const parts = Object.entries(scores).map(([name, score]) => `${times(weights[name] ?? 1)}${name} ${score === null ? '–' : fixed(score)}`)
  return say`Success ${fixed(success)}: the share of the graders’ whole score that its last round earned (${parts.join(' + ')}).`
}

export function wayAdvantageSource({ advantage }: WayView, { shape: { m, k }, scale }: Rules): string {
  return say`Advantage ${signed(advantage ?? NaN)} = its own score and format less the mean of all ${m * k} ways${divisor(scale)}.`
}

/** Why a round is trained, or why it is not. */
export function trainedSource(round: number, every: boolean): string {
  if (every) return say`Every round is trained: its tokens are moved by the advantage of the way that they belong to.`
  return round === 1
    ? say`Only first rounds are trained: their tokens are made more or less likely by the response’s advantage.`
    : say`Later rounds are only played, to see what a first round is worth: no gradient reaches their tokens.`
}

const answers = (k: number): string => (k === 1 ? say`one final answer` : say`${k} final answers`)
const waysOf = (k: number): string => (k === 1 ? say`one way` : say`${k} ways`)
const times = (weight: number): string => (weight === 1 ? '' : `${weight} × `)

function divisor(scale: string): string {
  if (scale === 'none') return ''
  return scale === 'batch' ? say`, divided by the rewards’ standard deviation over the step`
    : say`, divided by the rewards’ standard deviation`
}
