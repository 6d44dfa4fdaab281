/**
 * The recorded exchanges against our client: it understands every answer and refusal, and what it sends in the place of SDK 0.25 is what
 * the SDK sent, number by number.
 */
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { decodeCall, decodeResult, decodeSample, encodeCall } from './codec'
import { bytesOf, recordings, responseOf, type Exchange, type Recording } from './recorded.fixture'
import { Session, type RemoteModel } from './session'
import * as shapes from './shapes'
import { Wire, WireError } from './wire'

const all = recordings()
const SHAPES: Record<string, z.ZodType> = {
  'client/config': shapes.clientConfig,
  get_server_capabilities: shapes.capabilities,
  create_session: shapes.session,
  create_model: shapes.pending,
  get_info: shapes.info,
  forward_backward: shapes.pending,
  optim_step: shapes.pending,
  save_weights: shapes.pending,
  load_weights: shapes.pending,
  save_weights_for_sampler: shapes.pending,
  unload_model: shapes.pending,
  asample: shapes.pending,
  create_sampling_session: shapes.samplingSession,
}

const answering = (answer: (path: string, init: RequestInit) => Response) =>
  new Wire({
    url: 'http://recorded',
    patience: 1000,
    pause: () => Promise.resolve(),
    fetch: (input, init) => Promise.resolve(answer((input as string).replace('http://recorded', ''), init ?? {})),
  })

/** The client's own way of reading this one answer. */
async function read(exchange: Exchange): Promise<unknown> {
  const name = exchange.path.replace('/api/v1/', '').split('?')[0]!
  const wire = answering(() => responseOf(exchange))
  if (name === 'retrieve_future') {
    const response = await wire.result('1', 'do it', { accept: 'protobuf' })
    const bytes = new Uint8Array(await response.clone().arrayBuffer())
    if (!response.headers.get('content-type')?.includes('protobuf')) return response.json()
    return { either: [() => decodeResult(bytes), () => decodeSample(bytes)].map((decode) => attempt(decode)) }
  }
  const shape = SHAPES[name]
  return shape && wire.json(exchange.path, shape, { asked: true })
}

function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch {
    return undefined
  }
}

const pendingStill = ({ response: { status, body } }: Exchange) =>
  status === 408 || (body?.json as { type?: string; status?: string } | undefined)?.type === 'try_again' || (body?.json as { status?: string } | undefined)?.status === 'complete_metadata'

describe.skipIf(all.length === 0).each(all.map((recording) => [recording.name, recording] as const))('%s', (_, { exchanges }) => {
  it('is understood, answers and refusals', async () => {
    let [answers, refusals] = [0, 0]
    for (const exchange of exchanges) {
      const { status, body } = exchange.response
      if (pendingStill(exchange)) continue
      const failed = status >= 400 || typeof (body?.json as { error?: unknown } | undefined)?.error === 'string'
      const where = `exchange ${exchange.n}, ${exchange.path}, ${status}`
      if (!failed) {
        await expect(read(exchange), where).resolves.not.toThrow()
        answers++
      } else if (exchange.path.endsWith('retrieve_future') || SHAPES[exchange.path.replace('/api/v1/', '')]) {
        const error = await read(exchange).then(() => undefined, (error: unknown) => error)
        expect(error, where).toBeInstanceOf(WireError)
        expect((error as WireError).message, where).toMatch(/^http:\/\/recorded [^\n]{10,450}$/)
        refusals++
      }
    }
    console.log(`${answers} answers, ${refusals} refusals`)
    expect(answers + refusals).toBeGreaterThan(0)
  })
})

const without = (object: unknown, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object as object).filter(([name]) => !names.includes(name)))

/** Walks through a recording as its SDK did, with our client, answered from the recording. */
async function walk({ exchanges }: Recording): Promise<number> {
  const left = exchanges.filter(({ path }) => !/telemetry|heartbeat|dynamic_config/.test(path))
  let compared = 0
  const wire = answering((path, init) => {
    const poll = path.endsWith('retrieve_future')
    const sent = init.body instanceof Uint8Array ? init.body : (JSON.parse((init.body as string | undefined) ?? '{}') as Record<string, unknown>)
    const at = left.findIndex(
      (each) => each.path === path && (!poll || (each.request.body!.json as { request_id: string }).request_id === (sent as { request_id: string }).request_id),
    )
    if (at < 0) throw new Error(`nothing was recorded for ${path}`)
    const [exchange] = left.splice(at, 1)
    const recorded = exchange!.request.body
    if (recorded?.base64 !== undefined) expect(decodeCall(sent as Uint8Array)).toEqual(decodeCall(bytesOf(recorded)))
    else if (recorded && !poll) {
      const wanted = without(recorded.json, 'tags', 'user_metadata')
      const got = without(sent, 'tags', 'user_metadata')
      // an SDK that resumes asks for the head too, which no server trains
      if (wanted.lora_config) wanted.lora_config = { ...wanted.lora_config, train_unembed: false }
      expect({ path, ...got }).toMatchObject({ path, ...wanted })
    }
    if (!poll) compared++
    return responseOf(exchange!)
  })

  let session: Session | undefined
  const models = new Map<string, RemoteModel>()
  // a refusal was recorded too; the numbers after it show that it was counted as the server counts
  const follow = async ({ path, method, request }: Exchange): Promise<void> => {
    const name = path.replace('/api/v1/', '')
    const id = (request.body?.json as { model_id?: string } | undefined)?.model_id
    const body = without(request.body?.json ?? {}, 'type', 'seq_id', 'model_id', 'session_id')
    if (name === 'create_session') session = await Session.open(wire)
    else if (name === 'create_model') {
      const { base_model: base, lora_config: lora } = body as { base_model: string; lora_config: { rank: number; seed: number } }
      const model = await session!.createModel(base, lora)
      models.set(model.id, model)
    } else if (name === 'forward_backward') {
      const call = decodeCall(bytesOf(request.body))
      await models.get(call.model)!.train(name, (seq) => encodeCall({ ...call, seq }), 'learn', 'protobuf')
    } else if (['optim_step', 'save_weights', 'load_weights', 'save_weights_for_sampler'].includes(name)) await models.get(id!)!.json(name, body, name)
    else if (name === 'asample') await wire.result(await wire.submit(path, request.body!.json as object), 'sample', { accept: 'protobuf' })
    else if (name === 'create_sampling_session') await wire.json(path, shapes.samplingSession, request.body!.json as object)
    else if (SHAPES[name]) await wire.json(path, SHAPES[name], method === 'GET' ? undefined : (request.body!.json as object))
  }
  for (const exchange of [...exchanges]) {
    if (exchange.path.endsWith('retrieve_future') || !left.includes(exchange)) continue
    await follow(exchange).catch((error: unknown) => {
      if (!(error instanceof WireError)) throw error
    })
  }
  session?.close()
  return compared
}

const walks = all.filter(({ name }) => name.startsWith('sdk25'))
describe.skipIf(walks.length === 0).each(walks.map((recording) => [recording.name, recording] as const))('%s', (_, recording) => {
  it('is what our client sends', async () => {
    const compared = await walk(recording)
    console.log(`${compared} requests`)
    expect(compared).toBeGreaterThan(15)
  })
})

it.skipIf(all.length === 0)('has exchanges to replay (skipped without ETUDE_SHARED)', () => expect(all.length).toBeGreaterThan(0))
