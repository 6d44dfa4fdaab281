/** What the real SDK sent to a reference server, sent to ours: the same statuses, content types and shapes of answers. */
import { describe, expect, it } from 'vitest'
import { bytesOf, recordings, type Body, type Exchange } from '../../policy/tinker/recorded.fixture'
import { decodeResult, decodeSample } from '../../policy/tinker/codec'
import { ADDRESS, testServer, TOKEN, wideHost } from './server.fixture'

/** Without what only happens where client/config switches it on, which ours does not. */
const all = recordings().filter(({ server, exchanges }) => server.includes('reference') && !exchanges.some(({ path }) => path.endsWith('retrieve_futures')))

/** Ids that both servers make up, theirs → ours. */
class Ids {
  private readonly ours = new Map<string, string>()

  learn(theirs: unknown, ours: unknown): void {
    if (typeof theirs === 'object' && theirs !== null && typeof ours === 'object' && ours !== null) {
      for (const [name, value] of Object.entries(theirs)) this.learn(value, (ours as Record<string, unknown>)[name])
    } else if (typeof theirs === 'string' && typeof ours === 'string' && theirs !== ours) this.ours.set(theirs, ours)
  }

  /** The text with our ids in the places of theirs, the longest first. */
  translate(text: string): string {
    let out = text
    for (const [theirs, ours] of [...this.ours].sort(([a], [b]) => b.length - a.length)) out = out.replaceAll(JSON.stringify(theirs), JSON.stringify(ours))
    const session = this.ours.get('session-0')
    return session === undefined ? out : out.replaceAll('session-0', session)
  }
}

/** Names and kinds of values, without the values. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? [shapeOf(value[0])] : []
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]))
  return value === null ? null : typeof value
}

/** The model's id inside a protobuf body: written anew, with its length. */
function withModel(bytes: Uint8Array, session: string): Uint8Array {
  const length = bytes[1]!
  const id = new TextDecoder().decode(bytes.subarray(2, 2 + length)).replace('session-0', session)
  return new Uint8Array([10, id.length, ...new TextEncoder().encode(id), ...bytes.subarray(2 + length)])
}

const rows = (body: Body | null) => decodeResult(bytesOf(body)).rows.map(({ logprobs }) => logprobs!.length)

describe.skipIf(all.length === 0).each(all.map((recording) => [recording.name, recording] as const))('%s', (_, { exchanges }) => {
  it('has the same answers from our server', async () => {
    const models = ['tiny-qwen3', 'tiny-qwen2']
    const server = testServer(wideHost(512), {}, { models })
    const ids = new Ids()
    let session = ''
    for (const exchange of exchanges) {
      const { method, path, request, response } = exchange
      const where = `exchange ${exchange.n}, ${path}`
      const binary = request.body?.base64 !== undefined
      const body = binary ? new Uint8Array(withModel(bytesOf(request.body), session)) : request.body && ids.translate(JSON.stringify(request.body.json))
      const answer = await server.fetch(ADDRESS + ids.translate(path), { method, headers: { ...request.headers, 'x-api-key': TOKEN }, ...(body && { body }) })
      expect(answer.status, where).toBe(response.status)
      expect(answer.headers.get('content-type')?.split(';')[0], where).toBe(response.headers['content-type']?.split(';')[0])
      const bytes = new Uint8Array(await answer.arrayBuffer())
      if (response.body?.base64 !== undefined) compareBinary(exchange, bytes, where)
      else {
        const ours = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
        const theirs = response.body!.json as Record<string, unknown>
        expect(shapeOf(ours), where).toMatchObject(shapeOf(theirs) as object)
        ids.learn(theirs, ours)
        if (typeof theirs.session_id === 'string') session = ours.session_id as string
      }
    }
    await server.close()
    expect(server.asked.length).toBeGreaterThan(5)
    console.log(`${server.asked.length} exchanges`)
  })
})

function compareBinary({ response: { body } }: Exchange, bytes: Uint8Array, where: string): void {
  const { message } = (body as { decoded: { message: string } }).decoded
  if (message === 'ForwardBackwardOutput') {
    const ours = decodeResult(bytes)
    expect(ours.rows.map(({ logprobs }) => logprobs!.length), where).toEqual(rows(body))
    expect(ours.rows.flatMap(({ logprobs }) => logprobs!).every((lp) => lp <= 0), where).toBe(true)
    expect(Object.keys(ours.metrics), where).toEqual(Object.keys(decodeResult(bytesOf(body)).metrics))
  } else {
    const [ours, theirs] = [decodeSample(bytes), decodeSample(bytesOf(body))]
    expect(ours.sequences.length, where).toBe(theirs.sequences.length)
    for (const { tokens, logprobs } of ours.sequences) expect(logprobs!.length, where).toBe(tokens.length)
    expect(ours.promptLogprobs?.length, where).toBe(theirs.promptLogprobs?.length)
    expect(ours.promptLogprobs && Number.isNaN(ours.promptLogprobs[0]), where).toBe(theirs.promptLogprobs && true)
  }
}

it.skipIf(all.length === 0)('has exchanges to replay (skipped without ETUDE_SHARED)', () => expect(all.length).toBeGreaterThan(0))
