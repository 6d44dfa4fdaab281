/** Every recorded protobuf body decodes to the numbers recorded with it, and comes back from our encoder unchanged. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeCall, decodeResult, decodeSample, encodeCall, encodeResult, encodeSample } from './codec'

interface Recorded {
  base64: string
  decoded: Record<string, unknown> & { message: string }
}
interface Body {
  name: string
  server: string
  request?: Recorded
  response?: Recorded
}
interface Fields {
  fields: Record<string, { values: number[]; byte_offsets: number[] }>
}

const FILE = join(process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../../shared'), 'golden/tinker/protobuf.json')
const bodies = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as { bodies: Body[] }).bodies : []
if (bodies.length === 0) console.log(`no recorded bodies at ${FILE}: skipped`)

const cases = bodies.flatMap(({ name, server, request, response }) =>
  [request, response].filter((each) => each !== undefined).map((each) => [`${name}, ${server.split(' ')[0]}, ${each.decoded.message}`, each] as const),
)

function check({ base64, decoded }: Recorded): void {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  if (decoded.message === 'ForwardBackwardRequest') {
    const call = decodeCall(bytes)
    const data = decoded.data as { model_input: number[][]; loss_fn_inputs: Record<string, { values: number[] }> }[]
    expect({ model: call.model, seq: call.seq, loss: call.loss, only: call.forwardOnly }).toEqual({
      model: decoded.model_id,
      seq: decoded.seq_id,
      loss: decoded.loss_fn,
      only: decoded.forward_only,
    })
    expect(call.config).toEqual(decoded.loss_fn_config)
    expect(call.rows.map(({ tokens }) => tokens)).toEqual(data.map(({ model_input: chunks }) => chunks.flat()))
    for (const [b, { inputs }] of call.rows.entries()) {
      const wanted = data[b]!.loss_fn_inputs
      expect(Object.keys(inputs).sort()).toEqual(Object.keys(wanted).sort())
      for (const [name, { values }] of Object.entries(inputs)) expect(values).toEqual(wanted[name]!.values.map((x) => x ?? NaN))
    }
    expect(decodeCall(encodeCall(call))).toEqual(call)
  } else if (decoded.message === 'ForwardBackwardOutput') {
    const result = decodeResult(bytes)
    expect({ type: result.type, metrics: result.metrics }).toEqual({ type: decoded.loss_fn_output_type, metrics: decoded.metrics })
    const records = decoded.loss_fn_outputs as Fields[]
    for (const name of new Set(records.flatMap(({ fields }) => Object.keys(fields)))) {
      const wanted = records.flatMap(({ fields }) => fields[name]!.values)
      expect(result.rows.flatMap((row) => row[name]!)).toEqual(wanted.map((x) => x ?? NaN))
    }
    expect(decodeResult(encodeResult(result))).toEqual(result)
  } else if (decoded.message === 'SampleResponse') {
    const sample = decodeSample(bytes)
    const wanted = decoded.sequences as { stop_reason: string; tokens: number[]; logprobs: number[] }[]
    expect(sample.sequences.map(({ stop }) => `STOP_REASON_${stop.toUpperCase()}`)).toEqual(wanted.map(({ stop_reason: reason }) => reason))
    expect(sample.sequences.map(({ tokens }) => tokens)).toEqual(wanted.map(({ tokens }) => tokens))
    expect(sample.sequences.map(({ logprobs }) => logprobs)).toEqual(wanted.map(({ logprobs }) => logprobs))
    const prompt = decoded.prompt_logprobs as (number | 'NaN')[] | null
    expect(sample.promptLogprobs).toEqual(prompt?.map(Number))
    expect(decodeSample(encodeSample(sample))).toEqual(sample)
  } else throw new Error(`a body of an unknown kind: ${decoded.message}`)
}

describe.skipIf(bodies.length === 0)('the protobuf codec', () => {
  it.each(cases)('%s', (_, body) => check(body))

  it('has bodies of every kind', () => {
    expect(new Set(cases.map(([, { decoded }]) => decoded.message))).toEqual(new Set(['ForwardBackwardRequest', 'ForwardBackwardOutput', 'SampleResponse']))
    console.log(`${cases.length} bodies`)
  })
})
