/** What the chips of tokens can be coloured by: one scale for all completions of the group that is shown. */
import { fixed, metric, signed } from '../format'
import type { TokenView } from './look'
import { later, say } from '../words/say'

export type ShadeName = 'advantage' | 'pull' | 'share' | 'ratio' | 'clipped' | 'logprob' | 'entropy' | 'kl'

export interface Shade {
  name: ShadeName
  label: string
  /** What the colour says, in one sentence. */
  about: string
  /** `two`: from one colour over nothing to the other; `one`: from nothing to one colour; `mark`: it is so, or not. */
  scale: 'two' | 'one' | 'mark'
  /** Where the colour is taken from; undefined where the token has no such number. */
  size(token: TokenView): number | undefined
  /** The number itself, as people read it. */
  write(token: TokenView): string
  /** A size of the scale in the same words. */
  end(size: number): string
}

const plus = (value: number): string => (value > 0 ? `+${metric(value)}` : metric(value))
const share = (p: number): string => (p < 0.01 ? metric(p) : fixed(p))
/** 1 is worth seeing exactly: it says that nothing has moved. */
const ratioWords = (w: number): string => (w === 1 ? '1' : fixed(w, 3))

/** `size` of a two-sided scale is positive where the token is made likelier. */
export const SHADES: Shade[] = [
  {
    name: 'advantage', label: later`advantage`, scale: 'two',
      about: later`How much better than expected: blue is pushed towards, orange away.`,
    size: ({ advantage }) => advantage, write: ({ advantage }) => say`advantage ${signed(advantage)}`, end: (size) => signed(size),
  },
  {
    name: 'pull', label: later`pull`, scale: 'two', about: later`How hard the step pulls at the token’s log-probability, −∂L/∂log π: blue
      up, orange down.`,
    size: ({ slope }) => -slope, write: ({ slope }) => say`pull ${plus(-slope)}`, end: plus,
  },
  {
    name: 'share', label: later`loss`, scale: 'two', about: later`The token’s part of the step’s loss: blue lowers it, orange raises it.`,
    size: ({ share }) => -share, write: ({ share }) => say`adds ${plus(share)} to the loss`, end: (size) => plus(-size),
  },
  {
    name: 'ratio', label: later`ratio`, scale: 'two',
    about: later`w = π / π of the policy that sampled: blue has become likelier since, orange less likely.`,
    size: ({ ratio }) => Math.log(ratio), write: ({ ratio }) => say`ratio ${ratioWords(ratio)}`, end: (size) => ratioWords(Math.exp(size)),
  },
  {
    name: 'clipped', label: later`clipped`, scale: 'mark', about: later`Tokens whose ratio has left its bounds: the loss holds them back.`,
    size: ({ held }) => Number(held), end: String,
    write: ({ held, ratio }) => (held ? say`clipped, ratio ${ratioWords(ratio)}` : say`not clipped, ratio ${ratioWords(ratio)}`),
  },
  {
    name: 'logprob', label: later`log-prob`, scale: 'one', about: later`−log π of the token before the update: the stronger, the less it was
      expected.`,
    size: ({ logprob }) => -logprob, write: ({ logprob }) => say`log-prob ${fixed(logprob)}, probability ${share(Math.exp(logprob))}`,
    end: (size) => fixed(-size),
  },
  {
    name: 'entropy', label: later`entropy`, scale: 'one',
      about: later`How open the choice was at this token, in nats: the stronger, the more open.`,
    size: ({ entropy }) => entropy, write: ({ entropy }) => say`entropy ${fixed(entropy)} nats`, end: (size) => fixed(size),
  },
  {
    name: 'kl', label: later`KL`, scale: 'one', about: later`Divergence from the reference at this token: the stronger, the farther.`,
    size: ({ kl }) => (kl === undefined ? undefined : Math.abs(kl)), write: ({ kl }) => say`KL ${metric(kl ?? NaN)}`, end: metric,
  },
]

/** Those that the tokens have numbers for. */
export function shadesOf(rows: readonly TokenView[][]): Shade[] {
  return SHADES.filter(({ name }) => name !== 'kl' || rows.some((row) => row.some(({ kl }) => kl !== undefined)))
}

/** The largest size among the tokens, to which the colours are scaled; 0 where all of them are 0. */
export function reachOf(rows: readonly TokenView[][], shade: Shade): number {
  return rows.flat().reduce((most, token) => Math.max(most, Math.abs(shade.size(token) ?? 0)), 0)
}

export interface Tint {
  /** 0 … 1 of the scale. */
  strength: number
  way: 'up' | 'down' | 'on' | undefined
}

/** Rounding is not a colour: what is less than this part of a one stays blank. */
const NEGLIGIBLE = 1e-12

export function tintOf(token: TokenView, shade: Shade, reach: number): Tint {
  const size = shade.size(token) ?? 0
  if (reach <= NEGLIGIBLE || Math.abs(size) <= NEGLIGIBLE) return { strength: 0, way: undefined }
  const way = shade.scale !== 'two' ? 'on' : size > 0 ? 'up' : 'down'
  return { strength: Math.abs(size) / reach, way }
}
