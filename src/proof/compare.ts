/**
 * A policy against a reference of the same file: log-probs and greedy tokens, LoRA's gradients against differences, and the bare
 * model the same before and after the adapter moved.
 */
import { uniform } from '../engine/random'
import type { Model } from '../onnx/model'
import type { Proof, ProveOptions } from '../policy/host'
import type { Policy, PolicyInfo, Row, Tokens } from '../policy/policy'
import { flatDifference, most } from './difference'
import { checkGradients } from '../policy/gradients'
import { judgeGreedy } from './greedy'
import { openDequantised, partsOf, type Choice, type Reference } from './reference'

export const SEED = 20_240
/** Models of more parameters have fewer tokens compared, and the gradients of their first and last layer checked. */
const SMALL = 50e6
/** Multiplications that the f64 forward may take for one comparison: minutes. */
const PATIENCE = 4e10
/** Tokens that our side scores in one call, between which it can be stopped. */
const TOKENS = 1024
/** Where each part of the comparison begins, of the whole. */
const AT = { text: 0.02, logprobs: 0.25, reference: 0.3, exact: 0.45, greedy: 0.5, choices: 0.62, gradients: 0.7 }

/** Told what is done now, and the part in [0, 1] of all that has been done. */
type Say = (part: string, fraction: number) => void

/** How much is compared: a software adapter gives a few tokens a second of a large model, and so does the f64 forward. */
function scopeOf({ parameters, contextLength }: PolicyInfo, kind: Reference['kind'], brief: boolean) {
  const small = parameters <= SMALL
  const patient = Math.floor(PATIENCE / parameters)
  const tokens = Math.max(16, Math.min(small ? (brief ? 500 : 2000) : 256, kind === 'ort' ? Number.POSITIVE_INFINITY : patient))
  const length = Math.min(small ? 48 : 32, contextLength)
  const few = !small || (kind === 'dequantised' && patient < 20_000)
  const gradient = small ? (brief ? { rows: 2, length: 16 } : { rows: 4, length: 24 }) : { rows: 1, length: 12 }
  return {
    length,
    rows: Math.ceil(tokens / (length - 1)),
    greedy: { prompts: few ? 2 : brief ? 8 : 20, maxTokens: Math.min(small ? 24 : 8, Math.floor(contextLength / 2)) },
    gradient: { ...gradient, length: Math.min(gradient.length, contextLength) },
  }
}

export type Numbers = Omit<Proof, 'model' | 'file' | 'device' | 'dtype' | 'dialect' | 'warnings'>

export async function compare(policy: Policy, reference: Reference, source: Model, options: ProveOptions, say: Say): Promise<Numbers> {
  const { tokens: given, brief = false, signal } = options
  const { parameters, contextLength, vocabulary } = policy.info
  const small = parameters <= SMALL
  const scope = scopeOf(policy.info, reference.kind, brief)
  // Sums of a model of many layers, and log-probs far below zero, round more.
  const [limit, gradientLimit] = [small ? 1e-4 : 1e-3, 1e-3]
  const random = uniform(SEED)
  const invent = (count: number, length: number): Tokens[] => {
    const size = Math.min(length, contextLength)
    return Array.from({ length: count }, () => Array.from({ length: size }, () => Math.floor(random() * vocabulary)))
  }
  /** Says what comes, and lets a stop have its turn. */
  const turn = async (part: string, fraction: number) => {
    say(part, fraction)
    await new Promise((resolve) => setTimeout(resolve))
    signal?.throwIfAborted()
  }
  /** Prompts with what the bare model goes on with. */
  const goOn = async (prompts: Tokens[], maxTokens: number, temperature: number, part: string, from: number, to: number) => {
    await turn(part, from)
    const key = { seed: SEED, purpose: 'probe' as const, step: temperature === 0 ? 1 : 0 }
    let count = 0
    const own = await policy.sample(prompts, { n: 1, maxTokens, stop: [], temperature, adapter: 'off', key, signal }, (news) => {
      for (const { tokens } of news) count += tokens.length
      say(part, from + ((to - from) * count) / (prompts.length * maxTokens))
    })
    return prompts.map((prompt, i) => [...prompt, ...own[i]![0]!.tokens])
  }
  /**
   * As the model itself goes on from two random ids, at temperature 1: text of its own kind. On ids that are random throughout, a
   * trained model's log-probs reach −20 and more, and float32 alone moves them by 1e-4, ONNX Runtime's as ours.
   */
  const write = (count: number, length: number, from: number, to: number) =>
    goOn(invent(count, 2), length - 2, 1, 'the model writes texts', from, to)
  const inParts = async <T>(rows: Tokens[], size: number, part: string, from: number, to: number, work: (rows: Tokens[]) => Promise<T[]>) => {
    const result: T[] = []
    const parts = partsOf(rows, size)
    for (const [i, some] of parts.entries()) {
      await turn(part, from + ((to - from) * i) / parts.length)
      result.push(...(await work(some)))
    }
    return result
  }

  const rows = given ?? (await write(scope.rows, scope.length, AT.text, AT.logprobs))
  const ours = await inParts(rows, TOKENS, 'log-probs on this device', AT.logprobs, AT.reference, (some) => logprobs(policy, some))
  const score = (some: Tokens[]) => reference.logprobs(some)
  const theirs = await inParts(rows, reference.tokens, 'log-probs of the reference', AT.reference, AT.exact, score)
  const differences = flatDifference(ours, theirs)
  const logprob = { maxAbs: most(differences), meanAbs: differences.reduce((sum, x) => sum + x, 0) / Math.max(1, differences.length) }
  let dequantised: { maxAbs: number } | undefined
  if (reference.kind === 'ort' && rows.flat().length * parameters <= PATIENCE / 10) {
    const exact = await openDequantised(source, parameters, '')
    const numbers = await inParts(rows, TOKENS, 'log-probs in float64', AT.exact, AT.greedy, (some) => exact.logprobs(some))
    dequantised = { maxAbs: most(flatDifference(ours, numbers)) }
  }

  const { prompts, maxTokens } = scope.greedy
  const begun = invent(prompts, 8)
  const first = begun[0]!.length
  const texts = await goOn(begun, maxTokens, 0, 'greedy texts', AT.greedy, AT.choices)
  const choose = (some: Tokens[]): Promise<Choice[][]> => reference.choices(some, first)
  const choices = await inParts(texts, reference.tokens, 'greedy tokens of the reference', AT.choices, AT.gradients, choose)
  const greedy = judgeGreedy(texts, first, choices)

  const { gradient } = scope
  const own = given ? await write(gradient.rows, gradient.length, AT.gradients, AT.gradients) : rows.slice(0, gradient.rows)
  const batch = { rows: own.map((row) => split(row.slice(0, gradient.length))), temperature: 1 }
  const weights = batch.rows.map(({ completion }) => completion.map(() => 2 * random() - 1))
  const last = `.layers.${source.config.layers - 1}.`
  const chosen = (name: string) => name.includes('.layers.0.') || (!brief && (small || name.includes(last)))
  const onDone = (done: number) => turn('gradients by finite differences', AT.gradients + (1 - AT.gradients) * done)
  await onDone(0)
  const before = await policy.logprobs(batch, 'off')
  const gradients = await checkGradients(policy, batch, { weights, random, chosen, limit: gradientLimit, onDone })
  const adapter = {
    off: most(flatDifference(await policy.logprobs(batch, 'off'), before)),
    on: most(flatDifference(await policy.logprobs(batch, 'current'), before)), // the check leaves it away from its start
  }

  const pass =
    logprob.maxAbs <= limit &&
    (!dequantised || dequantised.maxAbs <= limit) &&
    greedy.equal + greedy.ties === greedy.of &&
    gradients.length > 0 &&
    gradients.every(({ relative }) => relative <= gradientLimit) &&
    adapter.off === 0 &&
    adapter.on > limit
  return {
    reference: reference.kind,
    about: reference.about,
    limit,
    gradientLimit,
    tokens: differences.length,
    logprob,
    ...(dequantised && { dequantised }),
    greedy,
    gradients,
    adapter,
    pass,
    ...(given && { logprobs: ours }),
  }
}

/** Of every token after the first, under the bare model. */
async function logprobs(policy: Policy, rows: Tokens[]): Promise<number[][]> {
  const scored = rows.map((row, i) => ({ row, i })).filter(({ row }) => row.length > 1)
  const values = await policy.logprobs({ rows: scored.map(({ row }) => split(row)), temperature: 1 }, 'off')
  const result: number[][] = rows.map(() => [])
  scored.forEach(({ i }, at) => (result[i] = values[at]!))
  return result
}

function split([first, ...rest]: Tokens): Row {
  return { prompt: [first!], completion: rest }
}
