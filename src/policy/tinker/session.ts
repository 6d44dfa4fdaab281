/**
 * One session with a server, kept alive by heartbeats, and the models in it. A model's training requests are numbered from 1, one
 * after the other; a number is used up when the server has taken the request, so that a refused one leaves no gap, and the same number
 * goes out again when a reply is lost: the server then recognises it, or refuses it in a way that tells that it was carried out.
 */
import { DeviceLost } from '../host'
import { encodeCall, type Call } from './codec'
import * as shapes from './shapes'
import { WireError, type Wire } from './wire'

const HEARTBEAT = 10_000
/** Of the wire's form that all servers take; later ones have fields that TuFT refuses. */
export const SDK_VERSION = '0.25.0'

export class Session {
  private timer: ReturnType<typeof setInterval> | undefined
  private models = 0
  private samplers = 0

  private constructor(
    readonly wire: Wire,
    readonly id: string,
    /** What the server says of itself: a notice, a warning. */
    readonly messages: string[],
  ) {}

  static async open(wire: Wire, signal?: AbortSignal): Promise<Session> {
    const body = { type: 'create_session', tags: ['etude'], user_metadata: {}, sdk_version: SDK_VERSION }
    const made = await wire.json('/api/v1/create_session', shapes.session, body, { signal })
    if (made.error_message) throw new WireError(`${wire.url} opens no session: ${made.error_message}`, 200)
    const session = new Session(wire, made.session_id, [made.info_message, made.warning_message].filter((said) => typeof said === 'string'))
    session.timer = setInterval(() => void session.beat(), HEARTBEAT)
    ;(session.timer as { unref?: () => void }).unref?.() // a heart alone keeps no process alive
    return session
  }

  private async beat(): Promise<void> {
    try {
      await this.wire.once('/api/v1/session_heartbeat', shapes.anything, { type: 'session_heartbeat', session_id: this.id }, HEARTBEAT)
    } catch (error) {
      if (error instanceof WireError && error.status === 410) clearInterval(this.timer)
    }
  }

  close(): void {
    clearInterval(this.timer)
  }

  /** Closes it there as well, which our own server knows; errors are of no use to anyone, as it ends by itself. */
  async finish(): Promise<void> {
    this.close()
    const body = { reason: { type: 'success' }, detail: null }
    await this.wire.once(`/api/v1/sessions/${encodeURIComponent(this.id)}/finish`, shapes.anything, body, 10_000).catch(() => undefined)
  }

  /** `more` goes into the body; only our own server takes it. */
  async createModel(base: string, lora: { rank: number; seed: number }, more: object = {}, signal?: AbortSignal): Promise<RemoteModel & { alpha?: number }> {
    const body = {
      type: 'create_model',
      session_id: this.id,
      model_seq_id: this.models++,
      base_model: base,
      lora_config: { ...lora, train_attn: true, train_mlp: true, train_unembed: false },
      ...more,
    }
    const submit = () => this.wire.submit('/api/v1/create_model', body, { signal })
    const response = await this.wire.result(await submit(), 'make a model', { signal }, submit)
    const made = shapes.madeModel.parse(await response.json())
    const alpha = made.lora_config?.alpha
    return Object.assign(new RemoteModel(this, made.model_id), alpha !== undefined && { alpha })
  }

  /** A sampler of the bare model, or of published weights. */
  async createSampler(of: { base_model: string } | { model_path: string }): Promise<string> {
    const body = { type: 'create_sampling_session', session_id: this.id, sampling_session_seq_id: this.samplers++, ...of }
    return (await this.wire.json('/api/v1/create_sampling_session', shapes.samplingSession, body)).sampling_session_id
  }

  /** The number that the next sampler of this session gets. */
  nextSampler(): number {
    return this.samplers++
  }
}

/** A server that is gone, or has forgotten a session, is a lost device: whoever runs opens it again and goes on from a checkpoint. */
export function asLost(error: unknown): never {
  if (error instanceof WireError && error.status === 0) throw new DeviceLost(`${error.message}.`, { cause: error })
  if (error instanceof WireError && error.status === 404) {
    throw new DeviceLost(`${error.message}; it has been started anew, or has ended the session.`, { cause: error })
  }
  throw error
}

/** The result of a training request, or `applied` where it was carried out and its result is lost. */
type Trained = Response | 'applied'

export class RemoteModel {
  private seq = 0
  private last: Promise<unknown> = Promise.resolve()

  constructor(
    readonly session: Session,
    readonly id: string,
  ) {}

  /** One call after the other, whoever asks. */
  train(path: string, body: (seq: number) => object | Uint8Array, what: string, accept: 'json' | 'protobuf' = 'json'): Promise<Trained> {
    const mine = this.last.then(() => this.send(path, body, what, accept)).catch(asLost)
    this.last = mine.catch(() => undefined) // whoever asked hears of it
    return mine
  }

  private async send(path: string, body: (seq: number) => object | Uint8Array, what: string, accept: 'json' | 'protobuf'): Promise<Trained> {
    const { wire } = this.session
    const seq = this.seq + 1
    const sent = body(seq)
    let repeated = false
    const submit = () => wire.submit(`/api/v1/${path}`, sent, { onRepeat: () => (repeated = true) })
    const request = await submit()
    this.seq = seq
    try {
      return await wire.result(request, what, { accept }, () => {
        repeated = true
        return submit()
      })
    } catch (error) {
      // “Sequence conflict: expected 5, got 4”: the first of two equal requests was carried out
      const expected = error instanceof WireError && error.status === 409 && /expected (\d+)/.exec(error.message)
      if (repeated && expected && Number(expected[1]) === seq + 1) return 'applied'
      throw error
    }
  }

  forwardBackward(call: Omit<Call, 'model' | 'seq'>): Promise<Trained> {
    const what = call.forwardOnly ? 'compute log-probs' : 'compute gradients'
    return this.train('forward_backward', (seq) => encodeCall({ model: this.id, seq, ...call }), what, 'protobuf')
  }

  json(path: string, fields: object, what: string): Promise<Trained> {
    return this.train(path, (seq) => ({ type: path, model_id: this.id, seq_id: seq, ...fields }), what)
  }

  /** Frees it; errors are of no use to anyone. */
  async unload(): Promise<void> {
    const { wire } = this.session
    try {
      await wire.once('/api/v1/unload_model', shapes.anything, { type: 'unload_model', model_id: this.id }, 10_000)
    } catch {
      // the session's end does it too
    }
  }
}
