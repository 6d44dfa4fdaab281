/**
 * npm run tinker-check -- --url URL [--key KEY] [--model NAME] [--against MODEL] [--rank N] [--alpha N]: what a server of the Tinker wire does
 * with what it is sent, measured on a throwaway adapter, and its log-probs against those of our own engine. Exit status 0 only if a run of
 * GRPO will be right there. The key may also be in ETUDE_POLICY_KEY.
 */
import type { Host } from '../policy/host'
import { LORA_TARGETS } from '../policy/policy'
import { probe } from '../policy/tinker/probe'
import { ignored, objections, type EngineProfile } from '../policy/tinker/profile'
import { Session } from '../policy/tinker/session'
import * as shapes from '../policy/tinker/shapes'
import { Wire } from '../policy/tinker/wire'
import { decodeResult } from '../policy/tinker/codec'
import { shifted } from '../policy/tinker/rows'
import { BadInput, parseOptions } from './arguments'
import { PUBLIC } from './model'

const USAGE = 'npm run tinker-check -- --url URL [--key KEY] [--model NAME] [--against MODEL] [--rank 8] [--alpha N]'
/** Largest |Δ log-prob| (nats) of the bare model against our own engine: servers compute in bf16 at worst. */
const LIMIT = 0.05
/** Of the sampler against the trainer. */
const GAP = 0.05

export interface CheckLine {
  what: string
  found: string
  /** Whether a run of GRPO can be right with it. */
  ok: boolean
}

export async function tinkerCheck(args: string[]): Promise<number> {
  const options = parseOptions(args, ['url', 'key', 'model', 'against', 'rank', 'alpha'], ['url'], USAGE)
  if (!URL.canParse(options.url)) throw new BadInput(`--url is ${options.url}, but must be an address; use ${USAGE}.`)
  const [rank, alpha] = [Number(options.rank ?? 8), options.alpha === undefined ? undefined : Number(options.alpha)]
  if (!Number.isInteger(rank) || rank < 1) throw new BadInput(`--rank is ${options.rank ?? ''}, but must be a whole number above 0.`)
  const { openNodeHost } = await import('../workers/node')
  const wire = new Wire({ url: options.url, key: options.key ?? process.env.ETUDE_POLICY_KEY, patience: 20_000 })
  const lines = await check(wire, { model: options.model, against: options.against, rank, alpha, host: () => openNodeHost({ modelRoot: PUBLIC }) }, (part) =>
    console.error(`measuring ${part} …`),
  )
  const width = Math.max(...lines.map(({ what }) => what.length))
  for (const { what, found, ok } of lines) console.log(`${ok ? ' ' : '✗'} ${what.padEnd(width)}  ${found}`)
  const right = lines.every(({ ok }) => ok)
  console.log(right ? 'a run of GRPO will be right there' : 'a run of GRPO would not be right there: see the lines with ✗')
  return right ? 0 : 1
}

export interface CheckOptions {
  model?: string | undefined
  against?: string | undefined
  rank: number
  alpha?: number | undefined
  host: () => Promise<Host>
}

/** Rejects where the server is not there or nothing can be measured. */
export async function check(wire: Wire, options: CheckOptions, onPart: (part: string) => void = () => undefined): Promise<CheckLine[]> {
  const lines: CheckLine[] = []
  const say = (what: string, found: string, ok = true) => lines.push({ what, found, ok })
  const { etude } = await wire.json('/api/v1/client/config', shapes.clientConfig, { sdk_version: '0.25.0' })
  const { supported_models: models } = await wire.json('/api/v1/get_server_capabilities', shapes.capabilities)
  const model = options.model ?? models[0]?.model_name
  if (model === undefined) throw new Error(`${wire.url} offers no models`)
  say('server', etude === undefined ? wire.url : `${wire.url}, with the extensions of this project (version ${etude})`)
  say('models', models.map(({ model_name: name }) => name).join(', '))
  say('measured on', `${model}, rank ${options.rank}`)

  const session = await Session.open(wire)
  try {
    const measured = await probe(session, model, options.rank, onPart)
    const profile = { ...measured, alpha: options.alpha ?? measured.alpha ?? (etude === undefined ? undefined : await alphaOf(session, model, options.rank)) }
    describe(profile, etude !== undefined, say)
    onPart('numbers')
    await compare(session, model, options, say)
  } finally {
    session.close()
  }
  return lines
}

type Say = (what: string, found: string, ok?: boolean) => void

function describe(profile: EngineProfile, ours: boolean, say: Say): void {
  const { route, rows, tokens, adamw, gradNorm, alpha, sampling } = profile
  say('losses', route === 'signed' ? 'cross-entropy is a plain signed sum: every loss is sent as its weights' : 'cross-entropy is no signed sum: losses are sent as importance sampling')
  if (route === 'importance') say('adds up', `rows by their ${rows}, tokens by their ${tokens}${rows === 'mean' || tokens === 'mean' ? '; sent times what it divides by' : ''}`)
  const yes = Object.entries(adamw).filter(([, counts]) => counts).map(([name]) => name)
  const no = Object.entries(adamw).filter(([, counts]) => !counts).map(([name]) => name)
  const defaults = ignored(profile, { maxGradNorm: 0, weightDecay: 0 })
  say('AdamW', `${yes.join(', ') || 'nothing besides the learning rate'} ${no.length > 0 ? `count; ${no.join(', ')} do not` : 'count'}`, defaults.length === 0)
  say('gradient’s norm', gradNorm ?? 'is not said: it is missing in the charts')
  say('alpha', alpha === undefined ? 'is not said; pass it on with --alpha once it is known' : String(alpha), alpha !== undefined)
  if (!sampling) return say('sampling', 'is turned off', false)
  say('ending token', sampling.stopIncluded === undefined ? 'could not be told' : sampling.stopIncluded ? 'is part of completions' : 'is left out of completions', sampling.stopIncluded !== false)
  say('seeds', sampling.seeded ? 'give the same tokens again' : 'do not give the same tokens again')
  say('log-probs of prompts', sampling.promptLogprobs ? 'are given: a reference can be used' : 'are not given: beta must be 0')
  if (Number.isFinite(sampling.gap)) say('sampler − trainer', `max |Δ log-prob| ${sampling.gap.toExponential(1)}`, sampling.gap <= GAP)
  if (ours) return say('extensions', 'temperatures, value heads, entropies, snapshots, and state over and back')
  const wishes = { adapter: { rank: 1, alpha: alpha ?? 1, targets: [...LORA_TARGETS], seed: 0 } }
  for (const each of [['temperature other than 1', { temperature: 0.7 }], ['value head', { valueHead: true }], ['entropy bonus', { entropySlope: true }]] as const) {
    const cannot = objections(profile, { ...wishes, ...each[1] }).find((said) => !objections(profile, wishes).includes(said))
    if (cannot !== undefined) say(each[0], cannot)
  }
}

/** Our own server says it of each model. */
async function alphaOf(session: Session, model: string, rank: number): Promise<number | undefined> {
  const made = await session.createModel(model, { rank, seed: 1 })
  try {
    const { etude } = await session.wire.json('/api/v1/get_info', shapes.info, { type: 'get_info', model_id: made.id })
    return etude?.adapter.alpha
  } finally {
    await made.unload()
  }
}

/** A new adapter changes nothing, so that the server's log-probs are the bare model's. */
async function compare(session: Session, model: string, { against = model, rank, host }: CheckOptions, say: Say): Promise<void> {
  const rows = [{ prompt: [10], completion: [11, 12, 13, 14, 15, 16, 17] }]
  const what = 'against our engine'
  let ours: number[]
  try {
    const here = await host()
    const policy = await here.open({ model: against, adapter: { rank, alpha: rank, targets: [...LORA_TARGETS], seed: 0 } })
    ours = (await policy.logprobs({ rows, temperature: 1 }, 'off'))[0]!
    await policy.close()
    await here.close()
  } catch (error) {
    return void say(what, `not compared: ${(error as Error).message.split('\n')[0]?.replace(/\.$/, '') ?? ''}; name the same model with --against`, false)
  }
  const made = await session.createModel(model, { rank, seed: 1 })
  try {
    const response = await made.forwardBackward({ rows: [shifted(rows[0]!, { weights: ours.map(() => 1) })], loss: 'cross_entropy', config: {}, forwardOnly: true })
    if (response === 'applied') throw new Error('the log-probs were lost on the way; ask again')
    const theirs = decodeResult(new Uint8Array(await response.arrayBuffer())).rows[0]?.logprobs ?? []
    const apart = Math.max(...ours.map((lp, i) => Math.abs(lp - (theirs[i] ?? NaN))))
    say(what, `max |Δ log-prob| ${apart.toExponential(1)} on ${ours.length} tokens of ${against}`, apart <= LIMIT)
  } finally {
    await made.unload()
  }
}
