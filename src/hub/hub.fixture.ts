/**
 * A Hub for tests, on two ports of this computer: one lists and redirects, as huggingface.co does, the other sends the bytes, as
 * its CDN does. It can be slow, break lines, refuse, lie about a file and change it.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, sep } from 'node:path'

export interface FakeModel {
  files: Record<string, Uint8Array>
  gated?: boolean
}

export interface Trouble {
  /** Answers of the Hub in order, before it is well; each for one request (of the given kind, if any). */
  answers: { status: number; headers?: Record<string, string>; of?: 'api' | 'resolve' | 'cdn' }[]
  /** The CDN's line breaks when these bytes of a file have been sent, counted from the file's start; each breaks once. */
  cuts: number[]
  /** The CDN falls silent after these bytes of one answer. */
  silentAfter?: number
  /** Milliseconds between the CDN's pieces of 64 KiB. */
  slow: number
  /** The CDN sends the whole file whatever range is asked for. */
  noRanges: boolean
  /** What is sent in place of a file, which is listed as before. */
  lies: Record<string, Uint8Array>
}

export interface Asked {
  host: 'hub' | 'cdn'
  url: string
  range?: string
  authorization?: string
}

/** A folder's files as a model; they are held in memory. */
export function folderModel(folder: string): FakeModel {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = found.map((entry) => join(entry.parentPath, entry.name).slice(join(folder, sep).length))
  return { files: Object.fromEntries(paths.map((path) => [path.replaceAll(sep, '/'), readFileSync(join(folder, path))])) }
}

const sha256 = once((bytes) => createHash('sha256').update(bytes).digest('hex'))
const gitName = once((bytes) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'))
const isLarge = (path: string) => /\.(onnx|onnx_data.*|safetensors|gguf)$/.test(path)

export class FakeHub {
  readonly asked: Asked[] = []
  readonly trouble: Trouble = { answers: [], cuts: [], slow: 0, noRanges: false, lies: {} }
  /** Who may read gated models. */
  token = 'hf_right'
  address = ''
  private readonly hub: Server
  private readonly cdn: Server

  constructor(readonly models: Record<string, FakeModel>) {
    this.hub = createServer((request, response) => this.answer(request, response))
    this.cdn = createServer((request, response) => void this.send(request, response))
  }

  async begin(): Promise<void> {
    for (const server of [this.hub, this.cdn]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    this.address = addressOf(this.hub)
  }

  async end(): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
  }

  /** To be called between tests. */
  heal(): void {
    this.asked.length = 0
    Object.assign(this.trouble, { answers: [], cuts: [], slow: 0, noRanges: false, lies: {}, silentAfter: undefined })
  }

  /** What its files are, so that a change of one is another commit. */
  commit(model: string): string {
    const files = Object.entries(this.models[model]!.files)
    return createHash('sha1').update(files.map(([path, bytes]) => path + gitName(bytes)).join()).digest('hex')
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.address)
    this.note('hub', request)
    allowPages(response)
    if (request.method === 'OPTIONS') return void response.writeHead(204, { 'access-control-allow-headers': 'authorization, range' }).end()
    const api = /^\/api\/models(?:\/([\w.-]+\/[\w.-]+)(?:\/revision\/([^/]+))?)?$/.exec(url.pathname)
    if (this.troubled(api ? 'api' : 'resolve', response)) return
    if (api && !api[1]) return this.search(url.searchParams.get('search') ?? '', response)
    const resolve = /^\/([\w.-]+\/[\w.-]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname)
    const name = api?.[1] ?? resolve?.[1] ?? ''
    const model = this.models[name]
    if (!model) return refuse(response, 401, 'RepoNotFound')
    const revision = decodeURIComponent(api?.[2] ?? resolve?.[2] ?? 'main')
    if (revision !== 'main' && !/^[0-9a-f]{40}$/.test(revision)) return refuse(response, 404, 'RevisionNotFound')
    if (api) return this.list(name, model, response)

    const { authorization } = request.headers
    if (model.gated && authorization !== `Bearer ${this.token}`) {
      return refuse(response, authorization ? 403 : 401, 'GatedRepo')
    }
    const path = decodeURIComponent(resolve![3]!)
    const bytes = model.files[path]
    if (!bytes) return refuse(response, 404, 'EntryNotFound')
    response.setHeader('x-repo-commit', this.commit(name))
    if (!isLarge(path)) {
      response.setHeader('etag', `"${gitName(bytes)}"`)
      return sendRange(response, this.trouble.lies[path] ?? bytes, request.headers.range, (part) => response.end(part))
    }
    response.writeHead(302, {
      location: `${addressOf(this.cdn)}/${name}/${path}?Signature=made-for-this-request`,
      'x-linked-size': bytes.length,
      'x-linked-etag': `"${sha256(bytes)}"`,
    })
    response.end()
  }

  private search(words: string, response: ServerResponse): void {
    const names = Object.keys(this.models).filter((name) => name.toLowerCase().includes(words.toLowerCase()))
    const models = names.map((id, i) => {
      const gated = this.models[id]!.gated ? 'auto' : false
      return { _id: String(i), id, downloads: 10 - i, likes: i, gated, lastModified: '2026-01-01T00:00:00.000Z', private: false }
    })
    sendJson(response, models)
  }

  private list(id: string, model: FakeModel, response: ServerResponse): void {
    const siblings = Object.entries(model.files).map(([rfilename, bytes]) => ({
      rfilename,
      size: bytes.length,
      blobId: gitName(bytes),
      ...(isLarge(rfilename) && { lfs: { sha256: sha256(bytes), size: bytes.length, pointerSize: 134 } }),
    }))
    const gated = model.gated ? 'auto' : false
    sendJson(response, { _id: '1', id, sha: this.commit(id), gated, private: false, tags: ['onnx'], siblings })
  }

  private async send(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, owner, name, ...rest] = new URL(request.url ?? '/', this.address).pathname.split('/')
    this.note('cdn', request)
    allowPages(response)
    if (this.troubled('cdn', response)) return
    const path = decodeURIComponent(rest.join('/'))
    const listed = this.models[`${owner}/${name}`]?.files[path]
    if (!listed) return void response.writeHead(403).end()
    const bytes = this.trouble.lies[path] ?? listed
    response.setHeader('etag', `"${sha256(bytes)}"`)
    const range = this.trouble.noRanges ? undefined : request.headers.range
    const parts: { part: Uint8Array; start: number }[] = []
    sendRange(response, bytes, range, (part, start) => parts.push({ part, start }))
    const [whole] = parts
    if (!whole) return
    for (let at = 0; at < whole.part.length; at += 65_536) {
      const here = whole.start + at
      const end = Math.min(here + 65_536, whole.start + whole.part.length)
      const cut = this.trouble.cuts.sort((a, b) => a - b).find((place) => place >= here && place < end)
      if (cut !== undefined) {
        this.trouble.cuts.splice(this.trouble.cuts.indexOf(cut), 1)
        response.write(bytes.subarray(here, cut), () => response.destroy())
        return
      }
      if (this.trouble.silentAfter !== undefined && at >= this.trouble.silentAfter) {
        this.trouble.silentAfter = undefined
        return
      }
      if (!response.write(bytes.subarray(here, end))) await drained(response)
      if (response.destroyed) return
      if (this.trouble.slow > 0) await new Promise((done) => setTimeout(done, this.trouble.slow))
    }
    response.end()
  }

  private troubled(kind: 'api' | 'resolve' | 'cdn', response: ServerResponse): boolean {
    const place = this.trouble.answers.findIndex(({ of }) => of === undefined || of === kind)
    if (place < 0) return false
    const [answer] = this.trouble.answers.splice(place, 1)
    response.writeHead(answer!.status, answer!.headers).end()
    return true
  }

  private note(host: Asked['host'], { url = '', headers: { range, authorization } }: IncomingMessage): void {
    this.asked.push({ host, url, ...(range && { range }), ...(authorization && { authorization }) })
  }
}

/** Files are hashed once. */
function once(hash: (bytes: Uint8Array) => string): (bytes: Uint8Array) => string {
  const known = new WeakMap<Uint8Array, string>()
  return (bytes) => {
    const found = known.get(bytes) ?? hash(bytes)
    known.set(bytes, found)
    return found
  }
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

/** As the Hub and its CDN let other pages read them. */
function allowPages(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', 'ETag, Content-Range, Accept-Ranges, X-Repo-Commit, X-Error-Code')
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code }).end()
}

function sendJson(response: ServerResponse, json: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json))
}

type Send = (part: Uint8Array, start: number) => void

function sendRange(response: ServerResponse, bytes: Uint8Array, range: string | undefined, send: Send): void {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(range ?? '')
  const start = Number(asked?.[1] ?? 0)
  const end = asked?.[2] ? Math.min(Number(asked[2]) + 1, bytes.length) : bytes.length
  if (asked && start >= end) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  response.setHeader('accept-ranges', 'bytes')
  response.writeHead(asked ? 206 : 200, {
    'content-length': end - start,
    ...(asked && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
  })
  send(bytes.subarray(start, end), start)
}
