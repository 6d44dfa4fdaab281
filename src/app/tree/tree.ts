/**
 * MOTIF's tree as it is drawn: question → m responses → k ways on from each → rounds. One shape for the three times of its life:
 * planned (no text yet), growing (texts, no judgement) and judged (a report's group).
 */
import type { LiveGroup } from '../../rl/algorithm'
import type { GroupRecord, RoundRecord, StepReport } from '../../rl/report'
import { fixed, signed } from '../format'
import { shownReport } from '../group/ranking'
import { say } from '../words/say'

/** Sizes: m responses, k ways on from each, n rounds. */
export interface Shape {
  m: number
  k: number
  rounds: number
}

/** waiting: not begun; writing: tokens come; written: not judged yet. */
export type State = 'waiting' | 'writing' | 'written' | 'judged'

export interface RoundView {
  state: State
  text: string
  /** Unknown while the tree grows. */
  prompt?: string
  note?: string
  /** Whether the round left the note itself. */
  left?: boolean
  cut?: boolean
}

export interface WayView {
  /** Rounds 2 … n. */
  rounds: RoundView[]
  success?: number
  scores?: Record<string, number | null>
  advantage?: number
}

export interface ResponseView extends RoundView {
  reward?: number
  advantage?: number
  scores?: Record<string, number | null>
  ways: WayView[]
}

export interface TreeView {
  stage: 'planned' | 'growing' | 'judged'
  /** The step that it belongs to; 0 while planned. */
  step: number
  shape: Shape
  prompt?: string
  solution?: string
  responses: ResponseView[]
}

/** A place in the tree: the question, the first round of a response, or round `round` ≥ 2 of one of its ways. All count from 0 but rounds. */
export type Place = { round: 0 } | { round: 1; response: number } | { round: number; response: number; way: number }

export function plannedTree(shape: Shape, prompt?: string): TreeView {
  const later = (): RoundView[] => Array.from({ length: shape.rounds - 1 }, () => ({ state: 'waiting', text: '' }))
  const ways = (): WayView[] => Array.from({ length: shape.k }, () => ({ rounds: later() }))
  const responses = Array.from({ length: shape.m }, (): ResponseView => ({ state: 'waiting', text: '', ways: ways() }))
  return { stage: 'planned', step: 0, shape, prompt, responses }
}

/** The rounds of a step are sampled one after the other, each for all ways together: one that has ended says so by the next. */
export function growingTree({ step, prompt, completions, trajectories }: LiveGroup, { k, rounds }: Shape): TreeView {
  const shape = { m: completions.length, k, rounds }
  const begun = (round: number): boolean => trajectories?.some((ways) => ways.some((texts) => (texts[round - 2] ?? '') !== '')) ?? false
  const stateOf = (round: number, text: string): State => (text === '' ? 'waiting' : begun(round + 1) ? 'written' : 'writing')
  const responses = plannedTree(shape).responses.map((planned, i): ResponseView => {
    const text = completions[i]!.join('')
    const ways = planned.ways.map((way, j): WayView => ({
      rounds: way.rounds.map((_, r) => {
        const written = trajectories?.[i]?.[j]?.[r] ?? ''
        return { state: stateOf(r + 2, written), text: written }
      }),
    }))
    return { state: stateOf(1, text), text, ways }
  })
  return { stage: 'growing', step, shape, prompt, responses }
}

/** Undefined where the group's completions do not go on. */
export function judgedTree({ prompt, solution, completions }: GroupRecord, step: number): TreeView | undefined {
  const ways = completions[0]?.trajectories
  if (!ways?.[0]) return undefined
  const roundOf = ({ finish, ...rest }: RoundRecord): RoundView => ({ state: 'judged', ...rest, cut: finish === 'length' })
  return {
    stage: 'judged',
    step,
    shape: { m: completions.length, k: ways.length, rounds: ways[0].rounds.length + 1 },
    prompt,
    solution,
    responses: completions.map(({ text, note, left, finish, reward, advantage, scores, trajectories = [] }) => ({
      state: 'judged',
      prompt,
      text,
      note,
      left,
      cut: finish === 'length',
      reward,
      advantage,
      scores,
      ways: trajectories.map(({ rounds, ...judged }) => ({ rounds: rounds.map(roundOf), ...judged })),
    })),
  }
}

export interface Shown {
  reports: readonly StepReport[]
  live: readonly LiveGroup[]
  shown: { step: number | 'latest'; question: number }
  /** Whether the tree judged last is still to be seen before the next one takes its place. */
  held: boolean
}

/** The chosen step's tree, growing or judged; the latest where no step is chosen; the planned one before there is any. */
export function treeOf({ reports, live, shown, held }: Shown, shape: Shape, firstPrompt?: string): TreeView {
  const growing = live.find(({ question }) => question === shown.question) ?? live[0]
  const wanted = shown.step === 'latest' ? !held : shown.step === growing?.step
  if (growing && wanted) return growingTree(growing, shape)
  const report = shownReport(reports, shown.step)
  const group = report?.groups[Math.min(shown.question, report.groups.length - 1)]
  const judged = report && group && judgedTree(group, report.step)
  return judged ?? (growing ? growingTree(growing, shape) : plannedTree(shape, firstPrompt))
}

/** Ways that end right, of all that are judged. */
export function rightOf(ways: readonly WayView[]): number {
  return ways.filter(({ success }) => success === 1).length
}

/** How a way ends; undefined while that is not known. */
export function fateOf(success: number | undefined): 'yes' | 'part' | 'no' | undefined {
  if (success === undefined) return undefined
  return success === 1 ? 'yes' : success > 0 ? 'part' : 'no'
}

/** Nodes beyond this are not drawn. */
const MOST = 480

/** The tree with as many of its responses as can be drawn; at least one. */
export function drawable(view: TreeView): TreeView {
  const { m, k, rounds } = view.shape
  const most = Math.max(1, Math.floor(MOST / (1 + k * (rounds - 1))))
  return most >= m ? view : { ...view, shape: { m: most, k, rounds }, responses: view.responses.slice(0, most) }
}

/** What is seen, in words. */
export function heading({ stage, shape: { m, k, rounds }, responses }: TreeView): string {
  const sizes = say`${m} responses, ${m * k} ways on`
  if (stage === 'planned') return say`${sizes}, ${rounds} rounds`
  if (stage === 'growing') {
    const states = responses.flatMap((response) => response.ways.map((way) => [response.state, ...way.rounds.map(({ state }) => state)]))
    const round = Math.max(0, ...states.map((of) => of.findLastIndex((state) => state !== 'waiting'))) + 1
    return say`${sizes}; round ${round} of ${rounds} is being written`
  }
  const right = rightOf(responses.flatMap(({ ways }) => ways))
  const advantages = responses.map(({ advantage }) => advantage ?? 0)
  const [low, high] = [Math.min(...advantages), Math.max(...advantages)]
  const spread = low === high
    ? say`all rewards are ${fixed(responses[0]!.reward ?? NaN)}, so there is nothing to learn here`
    : say`advantages from ${signed(low, 1)} to ${signed(high, 1)}`
  return say`${sizes}; ${right} of ${m * k} right; ${spread}`
}

/** The view of a place; undefined where the tree has no such place. */
export function roundAt({ responses }: TreeView, place: Place): RoundView | undefined {
  if (place.round === 0) return undefined
  const response = 'response' in place ? responses[place.response] : undefined
  return 'way' in place ? response?.ways[place.way]?.rounds[place.round - 2] : response
}

/** The neighbour of a place by an arrow key: left and right along a way, up and down within a round; the place itself at an end. */
export function neighbourOf({ m, k, rounds }: Shape, place: Place, key: string): Place {
  const response = 'response' in place ? place.response : 0
  const way = 'way' in place ? place.way : 0
  const at = (round: number, r: number, w: number): Place =>
    round <= 0 ? { round: 0 } : round === 1 ? { round: 1, response: r } : { round, response: r, way: w }
  if (key === 'ArrowRight') return at(Math.min(place.round + 1, rounds), response, way)
  if (key === 'ArrowLeft') return at(place.round - 1, response, way)
  if (place.round === 0) return place
  const size = place.round === 1 ? 1 : k
  const index = response * size + (size === 1 ? 0 : way)
  const ends: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: m * size - 1 }
  const to = Math.min(m * size - 1, Math.max(0, ends[key] ?? index))
  return at(place.round, Math.floor(to / size), to % size)
}

export const samePlace = (a: Place, b: Place): boolean => JSON.stringify(a) === JSON.stringify(b)
