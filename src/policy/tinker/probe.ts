/**
 * Finds out what a server does with what it is sent, on a throwaway adapter. AdamW with a huge epsilon and no memory is plain gradient
 * descent (θ −= rate · g), so the sum of a row's log-probs moves in proportion to the gradient: two copies of a row move it twice as far
 * under a sum and as far under a mean, weights of −1 the other way. A row that is cut after the tokens that count moves it as far as the
 * whole row only where tokens are summed. Where a server keeps its own epsilon, the gradient's norm that it reports is measured instead.
 * Weights below zero go only to a server whose cross-entropy was seen to be a plain sum: others divide by them.
 */
import { decodeResult, decodeSample, type WireRow } from './codec'
import type { EngineProfile } from './profile'
import type { RemoteModel, Session } from './session'
import * as shapes from './shapes'
import { WireError } from './wire'

const A = [10, 11, 12, 13, 14, 15, 16, 17]
/** Positions of the row whose tokens count, where only some do. */
const COUNT = 3
const N = A.length - 1
const HUGE = 1e6
/** Log-probs move by about so much at each measurement. */
const MOVE = 0.01

const row = (tokens: number[], inputs: Record<string, number[]>): WireRow => ({
  tokens: tokens.slice(0, -1),
  inputs: {
    target_tokens: { dtype: 'int64', values: tokens.slice(1) },
    ...Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, { dtype: 'float32' as const, values }])),
  },
})
const weighted = (weight: number) => row(A, { weights: A.slice(1).map(() => weight) })
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
const near = (value: number, wanted: number) => Math.abs(value - wanted) < 0.15 * Math.max(1, Math.abs(wanted))

/** Rejects where nothing can be told. */
export async function probe(session: Session, base: string, rank: number, onPart: (part: string) => void = () => undefined): Promise<EngineProfile> {
  const model = await session.createModel(base, { rank, seed: 1 })
  try {
    onPart('sampling')
    const start = await logprobs(model)
    const sampling = await probeSampling(session, base, start)
    onPart('optimizer')
    const scale = new Scale(model)
    const { epsilon, gradNorm } = await scale.begin()
    const signed = await probeSigned(scale, onPart)
    const route = signed ?? (await probeImportance(scale, onPart))
    if (!route) {
      throw new Error(`${session.wire.url} adds up losses in a way that cannot be set right: neither cross-entropy nor importance sampling is linear there`)
    }
    onPart('AdamW')
    const adamw = epsilon ? { epsilon, ...(await scale.settings(sum(start))) } : { epsilon, betas: false, weightDecay: false, clipping: false }
    return { ...route, adamw, gradNorm, alpha: model.alpha, ...(sampling && { sampling }) }
  } finally {
    await model.unload()
  }
}

async function logprobs(model: RemoteModel): Promise<number[]> {
  const response = await model.forwardBackward({ rows: [weighted(1)], loss: 'cross_entropy', config: {}, forwardOnly: true })
  if (response === 'applied') return logprobs(model)
  const [first] = decodeResult(new Uint8Array(await response.arrayBuffer())).rows
  if (first?.logprobs?.length !== N) throw new Error(`${model.session.wire.url} gives ${first?.logprobs?.length ?? 'no'} log-probs for ${N} targets`)
  return first.logprobs
}

async function probeSampling(session: Session, base: string, start: number[]): Promise<EngineProfile['sampling']> {
  let seq = 0
  try {
    const sampler = await session.createSampler({ base_model: base })
    const ask = async (changes: object, more: object = {}) => {
      const body = {
        type: 'sample',
        sampling_session_id: sampler,
        seq_id: seq++,
        num_samples: 1,
        prompt: { chunks: [{ type: 'encoded_text', tokens: A.slice(0, 4) }] },
        sampling_params: { max_tokens: 4, temperature: 1, top_p: 1, top_k: -1, seed: 7, ...changes },
        prompt_logprobs: false,
        topk_prompt_logprobs: 0,
        ...more,
      }
      const request = await session.wire.submit('/api/v1/asample', body)
      const response = await session.wire.result(request, 'sample', { accept: 'protobuf' })
      return decodeSample(new Uint8Array(await response.arrayBuffer()))
    }
    const [one, two] = [await ask({}), await ask({})]
    const first = one.sequences[0]!
    const stopped = (await ask({ stop: [first.tokens[0]!] })).sequences[0]!
    const whole = { chunks: [{ type: 'encoded_text', tokens: A }] }
    const scored = await ask({ max_tokens: 1 }, { prompt: whole, prompt_logprobs: true }).catch(() => undefined)
    const said = scored?.promptLogprobs?.slice(-N)
    const gap = said?.length === N ? Math.max(...said.map((lp, i) => Math.abs(lp - start[i]!))) : NaN
    const seeded = first.tokens.join() === two.sequences[0]!.tokens.join()
    const included = stopped.tokens.length === 1 && stopped.stop === 'stop' ? true : stopped.tokens.length === 0 ? false : undefined
    return { promptLogprobs: gap < 0.1, seeded, stopIncluded: included, gap }
  } catch (error) {
    if (error instanceof WireError && error.status >= 400 && error.status < 500) return undefined // turned off there
    throw error
  }
}

/** How far a call moves the log-probs of the row, or how long its gradient is. */
class Scale {
  private rate = 1e-6
  private moving = true
  private norm: string | undefined

  constructor(readonly model: RemoteModel) {}

  async begin(): Promise<{ epsilon: boolean; gradNorm: string | undefined }> {
    await this.add([weighted(1)], 'cross_entropy')
    const before = sum(await logprobs(this.model))
    const metrics = await this.step(1e-3)
    const moved = Math.abs(sum(await logprobs(this.model)) - before)
    this.norm = Object.keys(metrics).find((name) => name.includes('grad_norm') && Number.isFinite(metrics[name]))
    this.moving = moved < 1e-3 // by a thousandth each, were epsilon not the one that was sent
    if (!this.moving && this.norm === undefined) {
      throw new Error(`${this.model.session.wire.url} has its own AdamW and says no gradient’s norm, so that nothing can be told of its sums`)
    }
    if (this.moving) {
      const first = Math.abs(await this.measure([weighted(1)], 'cross_entropy'))
      this.rate *= MOVE / Math.max(first, 1e-9)
    }
    return { epsilon: this.moving, gradNorm: this.norm }
  }

  get signed(): boolean {
    return this.moving
  }

  async measure(rows: WireRow[], loss: string, clip = 0, rate = this.rate): Promise<number> {
    const before = this.moving ? sum(await logprobs(this.model)) : 0
    await this.add(rows, loss)
    const metrics = await this.step(this.moving ? rate * HUGE : 0, clip)
    return this.moving ? sum(await logprobs(this.model)) - before : metrics[this.norm!]!
  }

  async add(rows: WireRow[], loss: string): Promise<void> {
    await this.model.forwardBackward({ rows, loss, config: {}, forwardOnly: false })
  }

  async step(rate: number, clip = 0, decay = 0): Promise<Record<string, number>> {
    const adam = { learning_rate: rate, beta1: 0, beta2: 0, eps: HUGE, weight_decay: decay, grad_clip_norm: clip }
    const response = await this.model.json('optim_step', { adam_params: adam }, 'make a step')
    if (response === 'applied') return {}
    const { metrics } = shapes.stepped.parse(await response.json())
    return Object.fromEntries(Object.entries(metrics ?? {}).filter((entry): entry is [string, number] => entry[1] !== null))
  }

  /** Which other settings count; only where epsilon does. */
  async settings(base: number): Promise<{ betas: boolean; weightDecay: boolean; clipping: boolean }> {
    const one = await this.measure([weighted(1)], 'cross_entropy')
    const after = sum(await logprobs(this.model))
    await this.step(this.rate * HUGE)
    const betas = Math.abs(sum(await logprobs(this.model)) - after) < 0.1 * Math.abs(one) // no memory of the step before
    const clipping = Math.abs(await this.measure([weighted(1)], 'cross_entropy', 1e-9)) < 0.1 * Math.abs(one)
    await this.measure([weighted(1)], 'cross_entropy', 0, 30 * this.rate)
    const far = sum(await logprobs(this.model)) - base
    await this.step(1e-3, 0, 500) // halves every parameter
    const back = sum(await logprobs(this.model)) - base
    return { betas, clipping, weightDecay: Math.abs(back) < 0.8 * Math.abs(far) }
  }
}

type Reduction = Pick<EngineProfile, 'route' | 'rows' | 'tokens'>

async function probeSigned(scale: Scale, onPart: (part: string) => void): Promise<Reduction | undefined> {
  onPart('cross-entropy')
  const one = await scale.measure([weighted(1)], 'cross_entropy')
  const two = await scale.measure([weighted(1), weighted(1)], 'cross_entropy')
  const heavy = await scale.measure([weighted(2)], 'cross_entropy')
  if (!near(two / one, 2) || !near(heavy / one, 2)) return undefined
  const minus = await scale.measure(scale.signed ? [weighted(-1)] : [weighted(1), weighted(-1)], 'cross_entropy')
  if (!near(minus / one, scale.signed ? -1 : 0)) return undefined
  return { route: 'signed', rows: 'sum', tokens: 'sum' }
}

async function probeImportance(scale: Scale, onPart: (part: string) => void): Promise<Reduction | undefined> {
  onPart('importance sampling')
  const measure = async (copies: number, advantage: number, length = N) => {
    const now = await logprobs(scale.model)
    const advantages = now.slice(0, length).map((_, i) => (i < COUNT ? advantage : 0))
    const made = row(A.slice(0, length + 1), { logprobs: now.slice(0, length), advantages })
    return scale.measure(Array.from({ length: copies }, () => made), 'importance_sampling')
  }
  const one = await measure(1, 1)
  const [heavy, two, short] = [await measure(1, 2), await measure(2, 1), await measure(1, 1, COUNT)]
  const minus = scale.signed ? await measure(1, -1) : -one
  if (!near(heavy / one, 2) || !near(minus / one, -1)) return undefined
  const rows = near(two / one, 2) ? 'sum' : near(two / one, 1) ? 'mean' : undefined
  const tokens = near(one / short, 1) ? 'sum' : near(one / short, COUNT / N) ? 'mean' : undefined
  return rows && tokens && { route: 'importance', rows, tokens }
}
