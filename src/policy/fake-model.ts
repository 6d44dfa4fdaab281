/**
 * The fake policy's model: log-linear over the vocabulary of the bundled model, logit[v] = bigram[last][v] + hint · [v = the token a
 * perfect writer of ledgers would put next]; values are linear in the last token, w[last] + bias. Exact log-probs and gradients, in f64.
 */
import { ledgerHint, VOCABULARY, type Hint } from './fake-ledger'
import type { Batch, PerToken, Row, SampleKey, Slope, Tokens } from './policy'

export const V = VOCABULARY.length
export const EOS = VOCABULARY.indexOf('<eos>')
/** A step of Adam moves a parameter by about the learning rate: these make that visible at rates that suit LoRA. */
const BIGRAM_SCALE = 10
const HINT_SCALE = 100
/** Parameters: bigram [V][V], then the hint; then the value head's w [V] and bias, where there is one. */
export const SIZE = V * V + 1

const PURPOSES = ['rollout', 'evaluation', 'probe', 'chat']

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** A uniform number in [0, 1) for each key, prompt, sample and token. */
export function uniform(key: SampleKey, prompt: number, sample: number, token: number): number {
  const parts = [key.seed, PURPOSES.indexOf(key.purpose), key.step, key.attempt ?? 0]
  parts.push((key.prompt ?? 0) + prompt, key.round ?? 0, (key.sample ?? 0) + sample, token)
  return parts.reduce((h, part) => mix(Math.imul(h, 31) ^ mix(part + 1)), 0x9e3779b9) / 2 ** 32
}

/** The last token of each state that has a value: before each completion token, and after them all. */
const lastTokens = ({ prompt, completion }: Row): Tokens => [prompt.at(-1) ?? EOS, ...completion]

export const greatest = (log: number[]) => log.indexOf(Math.max(...log))

/** The token whose slice of the cumulative distribution, renormalised, holds u. */
export function draw(log: number[], u: number): number {
  const mass = log.includes(-Infinity) ? log.reduce((total, lp) => total + Math.exp(lp), 0) : 1
  let sum = 0
  const at = log.findIndex((lp) => (sum += Math.exp(lp)) > u * mass)
  return at < 0 ? greatest(log) : at
}

export interface HintOptions {
  /** The base's logit of the hinted token; 5.9 of 37 tokens gives p ≈ .91 a token. */
  hint?: number
  hintOf?: Hint
}

/** Log-probabilities [V] of the token after `soFar`. */
export function distribution(weights: Float64Array, prompt: Tokens, soFar: Tokens, temperature: number, options: HintOptions) {
  const last = soFar.at(-1) ?? prompt.at(-1) ?? EOS
  const hint = (options.hintOf ?? ledgerHint)(prompt, soFar)
  const logits = Array.from({ length: V }, (_, v) => {
    const hinted = v === hint ? (options.hint ?? 5.9) + HINT_SCALE * weights[V * V]! : 0
    return (BIGRAM_SCALE * weights[last * V + v]! + hinted) / temperature
  })
  const most = Math.max(...logits)
  const total = most + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - most), 0))
  return { log: logits.map((z) => z - total), last, hint }
}

export function look(weights: Float64Array, { rows, temperature }: Batch, options: HintOptions): { logprob: PerToken; entropy: PerToken } {
  if (!(temperature > 0)) throw new Error(`temperature is ${temperature}; a batch needs one above 0`)
  const entropy: PerToken = []
  const logprob = rows.map(({ prompt, completion }) => {
    const spread: number[] = []
    entropy.push(spread)
    return completion.map((token, t) => {
      const { log } = distribution(weights, prompt, completion.slice(0, t), temperature, options)
      spread.push(-log.reduce((sum, lp) => sum + Math.exp(lp) * lp, 0))
      return log[token]!
    })
  })
  return { logprob, entropy }
}

/** [B][T_b + 1] */
export function values(weights: Float64Array, { rows }: Batch): PerToken {
  return rows.map((row) => lastTokens(row).map((last) => weights[SIZE + last]! + weights[SIZE + V]!))
}

/** Adds d(loss)/d(weights) to `gradient`. */
export function addGradient(gradient: Float64Array, weights: Float64Array, { rows, temperature }: Batch, slope: Slope, options: HintOptions): void {
  slope.value?.forEach((of, b) =>
    lastTokens(rows[b]!).forEach((last, t) => {
      gradient[SIZE + last]! += of[t]!
      gradient[SIZE + V]! += of[t]!
    }),
  )
  rows.forEach(({ prompt, completion }, b) =>
    completion.forEach((token, t) => {
      const s = slope.logprob[b]![t]! / temperature
      const { log, last, hint } = distribution(weights, prompt, completion.slice(0, t), temperature, options)
      // d log p(token) / d logit[v] = [v = token] − p(v)
      log.forEach((lp, v) => {
        const d = s * ((v === token ? 1 : 0) - Math.exp(lp))
        gradient[last * V + v]! += d * BIGRAM_SCALE
        if (v === hint) gradient[V * V]! += d * HINT_SCALE
      })
    }),
  )
}
