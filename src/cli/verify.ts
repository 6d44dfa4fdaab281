/**
 * npm run verify -- --model DIR_OR_ID [--file onnx/NAME.onnx] [--tokens FILE] [--json FILE]: our numbers against ONNX Runtime's on
 * the same file (log-probs, greedy continuations), and our gradients against differences. Exit status 0 only when all agree.
 */
import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { uniform } from '../engine/random'
import type { ModelConfig } from '../onnx/config'
import type { Host } from '../policy/host'
import { LORA_TARGETS, type Policy, type Row, type Tokens } from '../policy/policy'
import { asInput, BadInput, parseOptions, readInput } from './arguments'
import { chooseDevice } from './device'
import { checkGradients, type GradientCheck } from './gradients'
import { describeModel, openModel, PUBLIC } from './model'
import { OrtReference } from './ort'
import { describeDevice } from './trainer'

const USAGE = 'npm run verify -- --model DIR_OR_ID [--file onnx/NAME.onnx] [--tokens FILE] [--json FILE]'
const SEED = 20_240
const TOKENS = 2_000
const PROMPTS = 20
/** Largest |Δ log-prob|, and largest relative error of a gradient. */
const LIMITS = { logprob: 1e-4, gradient: 1e-3 }
/** Models of more parameters have the gradients of their first and last layer checked. */
const SMALL = 50e6

export interface Verification {
  model: string
  file: string
  device: string
  /** Log-probs compared. */
  tokens: number
  logprob: { maxAbs: number; meanAbs: number }
  greedy: { equal: number; of: number }
  gradients: GradientCheck[]
  pass: boolean
  /** With --tokens: of every token after the first of each array. */
  logprobs?: number[][]
}

export async function verify(args: string[]): Promise<number> {
  const options = parseOptions(args, ['model', 'file', 'tokens', 'json'], ['model'], USAGE)
  const file = options.file ?? 'onnx/model.onnx'
  const { config, warnings } = await describeModel(options.model, file)
  for (const warning of warnings) console.log(warning)
  const given = options.tokens === undefined ? undefined : await readTokens(options.tokens, config)
  await chooseDevice('node')
  const { openNodeHost } = await import('../workers/node')
  const host = await openNodeHost({ modelRoot: PUBLIC, file })
  const result = await compare(host, options.model, file, config, given)
  report(result)
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(result, null, 1) + '\n')
  return result.pass ? 0 : 1
}

async function compare(host: Host, model: string, file: string, config: ModelConfig, given?: Tokens[]): Promise<Verification> {
  const adapter = { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: SEED }
  const policy = await host.open({ model, adapter })
  const reference = await OrtReference.open(openModel(model), file, config)
  const random = uniform(SEED)
  const rows = given ?? (await inventRows(policy, config, random))
  const ours = await logprobs(policy, rows)
  const theirs = await reference.logprobs(rows)
  const differences = ours.flatMap((row, b) => row.map((x, t) => Math.abs(x - theirs[b]![t]!)))
  const logprob = {
    maxAbs: differences.reduce((most, x) => (x <= most ? most : x), 0), // NaN stays
    meanAbs: differences.reduce((sum, x) => sum + x, 0) / Math.max(1, differences.length),
  }
  const greedy = await compareGreedy(policy, reference, config, random)

  const batch = { rows: inventRowsOf(config, 4, 24, random).map(split), temperature: 1 }
  const weights = batch.rows.map(({ completion }) => completion.map(() => 2 * random() - 1))
  const last = `.layers.${config.layers - 1}.`
  const chosen = (name: string) => policy.info.parameters <= SMALL || name.includes('.layers.0.') || name.includes(last)
  const gradients = await checkGradients(policy, batch, weights, random, chosen)
  const device = describeDevice(policy.info.device)
  await policy.close()
  await reference.close()

  const pass =
    logprob.maxAbs <= LIMITS.logprob && greedy.equal === greedy.of && gradients.every(({ relative }) => relative <= LIMITS.gradient)
  return { model, file, device, tokens: differences.length, logprob, greedy, gradients, pass, ...(given && { logprobs: ours }) }
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
async function inventRows(policy: Policy, config: ModelConfig, random: () => number): Promise<Tokens[]> {
  const length = Math.min(64, config.contextLength)
  const prompts = inventRowsOf(config, Math.ceil(TOKENS / (length - 1)), 2, random)
  const key = { seed: SEED, purpose: 'probe' as const, step: 0 }
  const maxTokens = length - prompts[0]!.length
  const own = await policy.sample(prompts, { n: 1, maxTokens, stop: [], temperature: 1, adapter: 'off', key })
  return prompts.map((prompt, i) => [...prompt, ...own[i]![0]!.tokens])
}

function inventRowsOf(config: ModelConfig, count: number, length: number, random: () => number): Tokens[] {
  const size = Math.min(length, config.contextLength)
  return Array.from({ length: count }, () => Array.from({ length: size }, () => Math.floor(random() * config.vocabulary)))
}

async function compareGreedy(policy: Policy, reference: OrtReference, config: ModelConfig, random: () => number) {
  const length = Math.min(8, Math.ceil(config.contextLength / 2))
  const maxTokens = Math.min(24, config.contextLength - length)
  const prompts = inventRowsOf(config, PROMPTS, length, random)
  const key = { seed: SEED, purpose: 'probe' as const, step: 1 }
  const ours = await policy.sample(prompts, { n: 1, maxTokens, stop: [], temperature: 0, adapter: 'off', key })
  const theirs = prompts.map((prompt) => [...prompt])
  for (let t = 0; t < maxTokens; t++) (await reference.next(theirs)).forEach(({ token }, i) => theirs[i]!.push(token))
  const equal = prompts.filter((prompt, i) => [...prompt, ...ours[i]![0]!.tokens].join() === theirs[i]!.join()).length
  return { equal, of: prompts.length }
}

/** A JSON array of arrays of token ids. */
async function readTokens(path: string, config: ModelConfig): Promise<Tokens[]> {
  const text = await readInput(path, 'the file of tokens')
  const rows = await asInput(() => z.array(z.array(z.int().min(0)).min(1)).parse(JSON.parse(text))).catch(() => {
    throw new BadInput(`${path} is no JSON array of arrays of token ids, such as [[1, 2, 3], [4, 5]]; write it so.`)
  })
  for (const [i, row] of rows.entries()) {
    const wrong = row.find((id) => id >= config.vocabulary)
    if (wrong !== undefined) {
      throw new BadInput(`${path}: array ${i} has the id ${wrong}, and the vocabulary ends at ${config.vocabulary - 1}; correct it.`)
    }
    if (row.length > config.contextLength) {
      throw new BadInput(`${path}: array ${i} has ${row.length} ids, and the model takes ${config.contextLength}; cut it.`)
    }
  }
  return rows
}

function report({ model, file, device, tokens, logprob, greedy, gradients, pass }: Verification): void {
  const worst = gradients.reduce<GradientCheck | undefined>((a, b) => (a && a.relative >= b.relative ? a : b), undefined)
  console.log(`${model} ${file} on ${device}, against ONNX Runtime:`)
  console.log(`  log-probs   largest difference ${logprob.maxAbs.toExponential(1)}, mean ${logprob.meanAbs.toExponential(1)}, of ${tokens}`)
  console.log(`  greedy      ${greedy.equal} of ${greedy.of} continuations are equal`)
  if (worst) {
    const [error, step] = [worst.relative.toExponential(1), worst.step.toExponential(1)]
    console.log(`  gradients   ${gradients.length} tensors, largest relative error ${error} (${worst.name}, step ${step})`)
  }
  const allowed = `log-probs may differ by ${LIMITS.logprob}, gradients by ${LIMITS.gradient}, continuations not at all`
  console.log(pass ? 'All agree.' : `They do not agree: ${allowed}.`)
}
