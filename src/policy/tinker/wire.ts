/**
 * HTTP of the Tinker wire: requests that are repeated where that is safe and useful, and futures, which are asked for until they are
 * there. A request that the server refuses is a WireError at once; a line that is lost, a server that is busy or starts anew is waited
 * for, with growing pauses, as long as `patience` says in all. Time that the machine sleeps does not count.
 */
import type { z } from 'zod'
import { failed, pending, refusal, waiting } from './shapes'

/** A refusal of the server; `status` is HTTP's, 0 where the server did not answer at all. */
export class WireError extends Error {
  override name = 'WireError'
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message)
  }
}

export interface WireOptions {
  /** Without a slash at its end; paths begin with /api/v1. */
  url: string
  key?: string | undefined
  /** Milliseconds of pauses after which a request is given up. */
  patience?: number | undefined
  fetch?: typeof fetch
  pause?: (milliseconds: number) => Promise<void>
}

type Body = object | Uint8Array

interface Asking {
  signal?: AbortSignal | undefined
  /** Milliseconds after which the server is asked again. */
  limit?: number
  accept?: 'json' | 'protobuf'
  /** Called before the request goes out once more after a reply that did not come. */
  onRepeat?: () => void
}

const PATIENCE = 300_000
/** Of one poll; servers hold it for 20 to 300 s. */
const POLL = 45_000
const SUBMIT = 60_000
/** Least time between two polls of one future, whatever the server does. */
const SPACING = 1000
const PROTOBUF = 'application/x-protobuf'
/** Worth asking again: busy, or not well. */
const passing = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500

export class Wire {
  readonly url: string
  private readonly key: string | undefined
  private readonly patience: number
  private readonly fetch: typeof fetch
  private readonly pause: (milliseconds: number) => Promise<void>

  constructor(options: WireOptions) {
    this.url = options.url.replace(/\/+$/, '')
    this.key = options.key
    this.patience = options.patience ?? PATIENCE
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init))
    this.pause = options.pause ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)))
  }

  /** A request with an answer at once. */
  async json<T>(path: string, shape: z.ZodType<T>, body?: Body, asking: Asking = {}): Promise<T> {
    const response = await this.persist(body ? 'POST' : 'GET', path, body, asking)
    return this.parse(path, shape, await response.text())
  }

  async bytes(method: 'GET' | 'PUT', path: string, body?: Uint8Array, asking: Asking = {}): Promise<Uint8Array> {
    const response = await this.persist(method, path, body, { limit: POLL * 8, ...asking })
    return new Uint8Array(await response.arrayBuffer())
  }

  async remove(path: string): Promise<void> {
    await this.persist('DELETE', path, undefined, {})
  }

  /** Once, without patience; for what is only asked in passing. */
  async once<T>(path: string, shape: z.ZodType<T>, body: Body | undefined, limit: number): Promise<T> {
    const response = await this.send(body ? 'POST' : 'GET', path, body, { limit })
    if (!response.ok) throw await this.refused(path, response)
    return this.parse(path, shape, await response.text())
  }

  /** Hands in work; its number. */
  async submit(path: string, body: Body, asking: Asking = {}): Promise<string> {
    return (await this.json(path, pending, body, asking)).request_id
  }

  /** The result of work that was handed in. `again` hands the same in once more, where the server has forgotten its number. */
  async result(request: string, what: string, asking: Asking = {}, again?: () => Promise<string>): Promise<Response> {
    let id = request
    let paused = 0
    let quick = 0
    for (let resubmitted = 0; ; ) {
      const since = performance.now()
      const response = await this.send('POST', '/api/v1/retrieve_future', { request_id: id }, { limit: POLL, ...asking }).catch((error: unknown) => {
        if (asking.signal?.aborted) throw error
        return error as Error
      })
      let pause: number | undefined
      if (response instanceof Error) {
        // a poll that is given up after its time is nothing peculiar
        if (response.name !== 'TimeoutError') pause = backoff(paused)
      } else if (response.status === 410 && again && resubmitted++ < 3) id = await again()
      else if (response.ok) {
        const made = await this.made(what, response)
        if (made) return made
        pause = performance.now() - since < SPACING ? Math.min(SPACING, 50 * 2 ** quick++) : undefined
        if (pause !== undefined) await this.pause(pause)
        continue
      } else if (response.status === 408) {
        if (performance.now() - since < SPACING) await this.pause(SPACING)
        continue
      } else if (passing(response.status)) {
        // SkyRL answers 500 where the work itself failed, for ever
        if (response.status === 500 && quick++ >= 3) throw await this.refused(what, response)
        pause = response.status === 425 ? SPACING : backoff(paused)
      } else throw await this.refused(what, response)
      if (pause === undefined) continue
      paused += pause
      if (paused > this.patience) throw response instanceof Error ? this.lost(what, response) : await this.refused(what, response)
      await this.pause(pause)
    }
  }

  /** The result, or undefined where it is not there yet; rejects where the work failed. */
  private async made(what: string, response: Response): Promise<Response | undefined> {
    if (response.headers.get('content-type')?.startsWith(PROTOBUF)) return response
    const body = await response.text()
    const json = parseJson(body)
    if (waiting.safeParse(json).success) return undefined
    const failure = failed.safeParse(json).data
    if (failure) throw new WireError(`${this.url} could not ${what}: ${refusal(failure.error)}`, failure.category === 'user' ? 400 : 500)
    return new Response(body, { status: response.status, headers: response.headers })
  }

  private async persist(method: string, path: string, body: Body | undefined, asking: Asking): Promise<Response> {
    for (let paused = 0; ; ) {
      const response = await this.send(method, path, body, { limit: SUBMIT, ...asking }).catch((error: unknown) => {
        if (asking.signal?.aborted) throw error
        return error as Error
      })
      if (!(response instanceof Error) && response.ok) return response
      if (!(response instanceof Error) && !passing(response.status)) throw await this.refused(path, response)
      const pause = backoff(paused)
      paused += pause
      if (paused > this.patience) throw response instanceof Error ? this.lost(path, response) : await this.refused(path, response)
      await this.pause(pause)
      asking.onRepeat?.()
    }
  }

  private send(method: string, path: string, body: Body | undefined, { signal, limit = SUBMIT, accept }: Asking): Promise<Response> {
    const binary = body instanceof Uint8Array
    const type = binary ? (path.includes('/etude/') ? 'application/octet-stream' : PROTOBUF) : 'application/json'
    const stop = AbortSignal.timeout(limit)
    return this.fetch(this.url + path, {
      method,
      headers: {
        accept: accept === 'protobuf' ? PROTOBUF : 'application/json',
        ...(body && { 'content-type': type }),
        ...(this.key !== undefined && { 'x-api-key': this.key }),
      },
      ...(body && { body: binary ? new Uint8Array(body) : JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, stop]) : stop,
    })
  }

  private parse<T>(path: string, shape: z.ZodType<T>, body: string): T {
    const { data, error } = shape.safeParse(parseJson(body))
    if (error) throw new WireError(`${this.url} answers ${path} in a shape that is not the Tinker wire's (${error.issues[0]?.message ?? ''}); is it such a server?`, 200)
    return data
  }

  private async refused(what: string, response: Response): Promise<WireError> {
    const said = refusal(await response.text())
    const key = response.status === 401 || response.status === 403 ? '; check its key' : ''
    return new WireError(`${this.url} refused ${what} (${response.status}): ${said}${key}`, response.status)
  }

  private lost(what: string, error: Error): WireError {
    return new WireError(`${this.url} did not answer ${what} (${error.message}); check that it runs and can be reached`, 0)
  }
}

/** Half a second, doubled up to 30 s. */
const backoff = (paused: number) => Math.min(30_000, Math.max(500, paused))

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
