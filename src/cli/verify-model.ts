/**
 * One file of a model on this machine's GPU: log-probs and greedy tokens against a reference, LoRA's gradients against differences,
 * and the bare model the same before and after the adapter moved.
 */
import { uniform } from '../engine/random'
import { keepFiles } from '../hub/remote'
import type { Model } from '../onnx/model'
import type { Host, Progress } from '../policy/host'
import { LORA_TARGETS, type Policy, type PolicyInfo, type Row, type Tokens } from '../policy/policy'
import { checkGradients, type GradientCheck } from './gradients'
import { openModel, PUBLIC } from './model'
import { openDequantised, openReference, type Reference } from './reference'
import { describeDevice } from './trainer'

const SEED = 20_240
/** Models of more parameters have fewer tokens compared, and the gradients of their first and last layer checked. */
const SMALL = 50e6
/** A reference's two best logits may be this near, in nats, where our greedy token is another. */
const TIE = 1e-3
/** Multiplications that the f64 forward may take for one comparison: minutes. */
const PATIENCE = 4e10

export interface Verification {
  model: string
  file: string
  device: string
  /** Formats of the weights, in words. */
  dtype: string
  dialect: 'optimum' | 'genai'
  /** `dequantised`: our own f64 forward on the dequantised weights, where ONNX Runtime cannot run the file in float32. */
  reference: 'ort' | 'dequantised'
  about: string
  /** The largest |Δ log-prob| and relative error of a gradient that pass. */
  limit: number
  gradientLimit: number
  /** Log-probs compared. */
  tokens: number
  logprob: { maxAbs: number; meanAbs: number }
  /** Of small models, whatever the reference: from the f64 forward on the dequantised weights. */
  dequantised?: { maxAbs: number }
  /** Continuations: the same throughout; other tokens only where the reference's lead is below a thousandth (`ties`); all. */
  greedy: { equal: number; ties: number; of: number; differences: Difference[] }
  gradients: GradientCheck[]
  /** How far log-probs moved when the adapter did: with the adapter off (0 to the bit), and on. */
  adapter: { off: number; on: number }
  pass: boolean
  warnings: string[]
  /** With --tokens: of every token after the first of each array. */
  logprobs?: number[][]
}

/** The reference's choice and its lead over the second, where ours is another. */
export interface Difference {
  continuation: number
  at: number
  ours: number
  theirs: number
  lead: number
}

export interface Subject {
  /** A catalog id, a folder, or owner/name on the Hub. */
  model: string
  file: string
  source: Model
  /** Ids to score in place of invented ones. */
  given?: Tokens[] | undefined
  /** Fewer tokens, and gradients of the first layer alone, to which all others lead: for tables of many files. */
  brief?: boolean
  onProgress?: (progress: Progress) => void
  /** Told what is compared next. */
  onPart?: (words: string) => void
}

export async function verifyModel(subject: Subject): Promise<Verification> {
  const { model, file, source, onProgress } = subject
  const { openNodeHost } = await import('../workers/node')
  const host = await openNodeHost({ modelRoot: PUBLIC, file })
  const policy = await open(host, model, onProgress) // downloads the file, which is read from the cache below
  try {
    const { parameters } = policy.info
    const repository = openModel(model)
    keepFiles(repository)
    const reference = await openReference(repository, file, source, parameters)
    try {
      const numbers = await compare(policy, reference, subject)
      const { dtype, dialect, warnings } = source
      return { model, file, device: describeDevice(policy.info.device), dtype, dialect, ...numbers, warnings }
    } finally {
      await reference.close()
    }
  } finally {
    await policy.close()
    await host.close()
  }
}

function open(host: Host, model: string, onProgress?: (progress: Progress) => void): Promise<Policy> {
  return host.open({ model, adapter: { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: SEED } }, onProgress)
}

/** How much is compared: a software adapter gives a few tokens a second of a large model, and so does the f64 forward. */
function scopeOf({ parameters, contextLength }: PolicyInfo, kind: Reference['kind'], brief: boolean) {
  const small = parameters <= SMALL
  const patient = Math.floor(PATIENCE / parameters)
  const tokens = Math.max(16, Math.min(small ? (brief ? 500 : 2000) : 256, kind === 'ort' ? Number.POSITIVE_INFINITY : patient))
  const length = Math.min(small ? 64 : 32, contextLength)
  const few = !small || (kind === 'dequantised' && patient < 20_000)
  return {
    length,
    rows: Math.ceil(tokens / (length - 1)),
    greedy: { prompts: few ? 2 : brief ? 8 : 20, maxTokens: Math.min(small ? 24 : 8, Math.floor(contextLength / 2)) },
    gradient: small ? (brief ? { rows: 2, length: 16 } : { rows: 4, length: 24 }) : { rows: 1, length: 12 },
  }
}

type Numbers = Omit<Verification, 'model' | 'file' | 'device' | 'dtype' | 'dialect' | 'warnings'>

async function compare(policy: Policy, reference: Reference, subject: Subject): Promise<Numbers> {
  const { source, given, brief = false, onPart = () => undefined } = subject
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

  onPart('log-probs')
  const rows = given ?? (await continued(policy, invent(scope.rows, 2), scope.length))
  const ours = await logprobs(policy, rows)
  const differences = flatDifference(ours, await reference.logprobs(rows))
  const logprob = { maxAbs: most(differences), meanAbs: differences.reduce((sum, x) => sum + x, 0) / Math.max(1, differences.length) }
  let dequantised: { maxAbs: number } | undefined
  if (reference.kind === 'ort' && rows.flat().length * parameters <= PATIENCE / 10) {
    const exact = await openDequantised(source, parameters, '')
    dequantised = { maxAbs: most(flatDifference(ours, await exact.logprobs(rows))) }
  }
  onPart('greedy continuations')
  const greedy = await compareGreedy(policy, reference, invent(scope.greedy.prompts, 8), scope.greedy.maxTokens)

  onPart('gradients')
  const batch = { rows: invent(scope.gradient.rows, scope.gradient.length).map(split), temperature: 1 }
  const weights = batch.rows.map(({ completion }) => completion.map(() => 2 * random() - 1))
  const last = `.layers.${source.config.layers - 1}.`
  const chosen = (name: string) => name.includes('.layers.0.') || (!brief && (small || name.includes(last)))
  const before = await policy.logprobs(batch, 'off')
  const gradients = await checkGradients(policy, batch, weights, random, chosen) // leaves the adapter away from its start
  const adapter = {
    off: most(flatDifference(await policy.logprobs(batch, 'off'), before)),
    on: most(flatDifference(await policy.logprobs(batch, 'current'), before)),
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

/** |a − b|, one behind the other. Throws where the lengths differ: a number that is missing would pass. */
function flatDifference(a: number[][], b: number[][]): number[] {
  return a.flatMap((row, i) => {
    if (row.length !== b[i]?.length) throw new Error(`row ${i} has ${row.length} log-probs here and ${b[i]?.length ?? 0} in the reference.`)
    return row.map((x, t) => Math.abs(x - b[i]![t]!))
  })
}

/** NaN stays. */
function most(values: number[]): number {
  return values.reduce((a, x) => (x <= a ? a : x), 0)
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

/**
 * As the model itself goes on from two random ids, at temperature 1: text of its own kind. On ids that are random throughout, a trained
 * model's log-probs reach −20 and more, and float32 alone moves them by 1e-4, ONNX Runtime's as ours.
 */
async function continued(policy: Policy, prompts: Tokens[], length: number): Promise<Tokens[]> {
  const key = { seed: SEED, purpose: 'probe' as const, step: 0 }
  const maxTokens = length - prompts[0]!.length
  const own = await policy.sample(prompts, { n: 1, maxTokens, stop: [], temperature: 1, adapter: 'off', key })
  return prompts.map((prompt, i) => [...prompt, ...own[i]![0]!.tokens])
}

/** The reference chooses after our own text, token by token: as long as it agrees, that is its own continuation. */
async function compareGreedy(policy: Policy, reference: Reference, prompts: Tokens[], maxTokens: number): Promise<Verification['greedy']> {
  const key = { seed: SEED, purpose: 'probe' as const, step: 1 }
  const ours = await policy.sample(prompts, { n: 1, maxTokens, stop: [], temperature: 0, adapter: 'off', key })
  const first = prompts[0]!.length
  const rows = prompts.map((prompt, i) => [...prompt, ...ours[i]![0]!.tokens])
  return judgeGreedy(rows, first, await reference.choices(rows, first))
}

/** `choices` of each row's tokens from `first` on. */
export function judgeGreedy(
  rows: Tokens[], first: number, choices: { token: number; lead: number }[][],
): Verification['greedy'] {
  const differences: Difference[] = []
  let [equal, ties] = [0, 0]
  rows.forEach((row, continuation) => {
    const found = row.slice(first).flatMap((ours, at): Difference[] => {
      const { token: theirs, lead } = choices[continuation]![at]!
      return ours === theirs ? [] : [{ continuation, at, ours, theirs, lead }]
    })
    if (found.length === 0) equal++
    else if (found.every(({ lead }) => lead < TIE)) ties++
    differences.push(...found)
  })
  return { equal, ties, of: rows.length, differences }
}
