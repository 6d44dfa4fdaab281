/**
 * The Hugging Face Hub, or a mirror that speaks like it: search, listings, bytes by range. Its token stays in memory and goes
 * to the Hub's own origin only; a redirect to another origin loses it (the Fetch Standard's rule, HTTP-redirect fetch, step 13).
 */
import { z } from 'zod'
import type { Cache } from './cache'
import { readListing, writeHubId, type HubId, type Listing, type RemoteFile } from './listing'
import { backOff, isPassing, LineLost, pauseAfter, PATIENCE, refusal, wait, type OnWait, type Patience } from './request'

export const HUB = 'https://huggingface.co'

export interface HubOptions {
  /** Its origin and path; without one the Hub itself. */
  address?: string
  /** Without one everything is read over the line each time. */
  cache?: Cache
  patience?: Partial<Patience>
}

export interface FoundModel {
  id: string
  downloads: number
  likes: number
  gated: boolean
  updated: string
}

export interface RequestOptions {
  signal?: AbortSignal
  onWait?: OnWait
}

const found = z.array(
  z.object({
    id: z.string(),
    downloads: z.number().default(0),
    likes: z.number().default(0),
    gated: z.union([z.boolean(), z.string()]).default(false),
    lastModified: z.string().default(''),
  }),
)

export class Hub {
  readonly address: string
  readonly cache: Cache | undefined
  readonly patience: Patience
  /** For gated and private models; never written anywhere. */
  token: string | undefined
  /** Where files lie on the CDN, by their address here; undefined where that did not work. */
  private readonly direct = new Map<string, string | undefined>()

  constructor({ address = HUB, cache, patience }: HubOptions = {}) {
    this.address = address.replace(/\/+$/, '')
    this.cache = cache
    this.patience = { ...PATIENCE, ...patience }
  }

  get host(): string {
    return new URL(this.address).host
  }

  /** Models with ONNX files whose names hold the words, the most downloaded first. */
  async search(words: string, { limit = 20, signal }: { limit?: number; signal?: AbortSignal } = {}): Promise<FoundModel[]> {
    const query = new URLSearchParams({ search: words, filter: 'onnx', sort: 'downloads', limit: String(limit) })
    for (const part of ['downloads', 'likes', 'gated', 'lastModified']) query.append('expand', part)
    const json = await this.json(`/api/models?${query}`, `models named ${words}`, '', { ...(signal && { signal }) })
    const read = found.safeParse(json)
    if (!read.success) throw new Error(`${this.host} answers a search in a form that cannot be read; name the model as owner/name.`)
    return read.data.map(({ lastModified, gated, ...model }) => ({ ...model, gated: gated !== false, updated: lastModified }))
  }

  /** The files at the revision as it is now; where the line is lost, as they were when last listed. */
  async listing(id: HubId, options: RequestOptions = {}): Promise<Listing> {
    const name = writeHubId(id)
    const at = `/api/models/${id.model}/revision/${encodeURIComponent(id.revision)}?blobs=true`
    let json: unknown
    try {
      json = await this.json(at, 'list of files', id.model, options)
    } catch (error) {
      const note = error instanceof LineLost ? await this.cache?.note(name) : undefined
      if (note === undefined) throw error
      return readListing(JSON.parse(note), id, this.host)
    }
    const listing = readListing(json, id, this.host)
    // a full disk keeps nobody from reading over the line
    await this.cache?.setNote(name, JSON.stringify(listing.source)).catch((error: unknown) => console.warn(`${name} is not noted:`, error))
    return listing
  }

  /**
   * Bytes from `offset`, to the end where no length is given. Passing failures are waited out until there is an answer. Further
   * ranges of one file are asked of the CDN at once, without the way over the Hub, as long as the CDN lets one.
   */
  async get(listing: Listing, file: RemoteFile, offset: number, length?: number, options: RequestOptions = {}): Promise<Response> {
    const path = file.path.split('/').map(encodeURIComponent).join('/')
    const url = `${this.address}/${listing.model}/resolve/${listing.commit}/${path}`
    const end = length === undefined ? '' : String(offset + length - 1)
    // a whole file is asked for without a range: some servers answer an empty one with 416
    const whole = offset === 0 && length === undefined
    const headers: Record<string, string> = whole ? {} : { range: `bytes=${offset}-${end}` }
    if (length === undefined) return this.request(url, headers, file.path, listing.model, options)
    const known = this.direct.get(url)
    if (known !== undefined) {
      const response = await this.send(known, headers, options.signal).catch(() => undefined)
      if (response?.status === 206) return response
      await response?.body?.cancel()
      options.signal?.throwIfAborted()
      this.direct.set(url, undefined)
    }
    const response = await this.request(url, headers, file.path, listing.model, options)
    if (response.redirected && !this.isOwn(response.url) && !this.direct.has(url)) this.direct.set(url, response.url)
    return response
  }

  /** A CDN that refuses is asked again, by way of the Hub, which makes a new address for it. */
  private isOwn(url: string): boolean {
    return new URL(url).origin === new URL(this.address).origin
  }

  private async json(path: string, what: string, model: string, options: RequestOptions): Promise<unknown> {
    const response = await this.request(this.address + path, { accept: 'application/json' }, what, model, options)
    try {
      return await response.json()
    } catch (error) {
      throw new LineLost(`the ${what} from ${this.host} broke off (${(error as Error).message}); try again.`, { cause: error })
    }
  }

  /** An answer that is good, or 416; anything else rejects with one sentence. */
  private async request(
    url: string,
    headers: Record<string, string>,
    what: string,
    model: string,
    options: RequestOptions,
  ): Promise<Response> {
    const { signal, onWait } = options
    for (let failures = 1; ; failures++) {
      let pause: number
      let why: string
      try {
        const response = await this.send(url, headers, signal)
        if (response.ok || response.status === 416) return response
        await response.body?.cancel()
        if (!isPassing(response.status) && this.isOwn(response.url)) {
          throw refusal(response, what, model, `${this.address}/${model}`, this.token !== undefined)
        }
        pause = pauseAfter(response, failures, this.patience, what)
        why = response.status === 429 ? `${this.host} asks to wait` : `${this.host} answered ${response.status}`
      } catch (error) {
        // fetch says of a line that failed no more than TypeError
        if (signal?.aborted || !(error instanceof TypeError || isSilence(error))) throw error
        if (failures >= this.patience.tries) {
          throw new LineLost(`${what} cannot be fetched from ${this.host} (${reason(error)}); check the connection.`, { cause: error })
        }
        pause = backOff(this.patience, failures)
        why = `${this.host} cannot be reached`
      }
      onWait?.(why, pause / 1000)
      await wait(pause, signal)
    }
  }

  private async send(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(new DOMException('no answer', 'TimeoutError')), this.patience.silence)
    try {
      return await fetch(url, {
        headers: { ...headers, ...(this.isOwn(url) && this.token !== undefined && { authorization: `Bearer ${this.token}` }) },
        // what is kept is kept here; a browser's own cache would hold gigabytes twice
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
      })
    } finally {
      clearTimeout(timer)
    }
  }
}

function isSilence(error: unknown): boolean {
  return (error as Error).name === 'TimeoutError'
}

/** Node says why in the cause. */
export function reason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}
