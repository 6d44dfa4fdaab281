/**
 * The protobuf bodies of the Tinker wire (tools/tinker/wire.proto) as plain numbers, both ways: what a client sends a server
 * decodes. Packed numbers are little-endian; token ids travel as int32 or int64, everything else as float32.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  DType,
  ForwardBackwardOutputSchema,
  ForwardBackwardRequestSchema,
  SampleResponseSchema,
  StopReason,
  type Tensor,
} from './wire_pb'

export interface Numbers {
  dtype: 'float32' | 'int64'
  values: number[]
}

/** One row of a call. */
export interface WireRow {
  tokens: number[]
  inputs: Record<string, Numbers>
}

/** The body of forward_backward. */
export interface Call {
  model: string
  /** Counts the model's training requests, from 1. */
  seq: number
  rows: WireRow[]
  loss: string
  config: Record<string, number | string>
  /** Log-probs alone; no gradient is added. */
  forwardOnly: boolean
}

/** Its result: of each row, its fields by name. */
export interface CallResult {
  type: string
  rows: Record<string, number[]>[]
  metrics: Record<string, number>
}

export interface SampleResult {
  sequences: { stop: 'stop' | 'length'; tokens: number[]; logprobs?: number[] }[]
  /** One for each token of the prompt, NaN where there is none. */
  promptLogprobs?: number[]
}

/** A copy of the bytes, so that their address is aligned. */
const aligned = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
const bytesOf = (array: Float32Array | Int32Array | BigInt64Array) => new Uint8Array(array.buffer)

const whole = (bytes: Uint8Array, size: number) => {
  if (bytes.length % size !== 0) throw new Error(`${bytes.length} bytes are no whole number of ${size}-byte numbers`)
  return aligned(bytes)
}

export const packInts = (values: readonly number[]) => bytesOf(Int32Array.from(values))
export const packFloats = (values: readonly number[]) => bytesOf(Float32Array.from(values))
export const unpackInts = (bytes: Uint8Array) => Array.from(new Int32Array(whole(bytes, 4)))
export const unpackFloats = (bytes: Uint8Array) => Array.from(new Float32Array(whole(bytes, 4)))
const packLongs = (values: readonly number[]) => bytesOf(BigInt64Array.from(values.map(BigInt)))
const unpackLongs = (bytes: Uint8Array) => Array.from(new BigInt64Array(whole(bytes, 8)), Number)

function unpack(dtype: DType, bytes: Uint8Array): Numbers {
  if (dtype === DType.DTYPE_FLOAT32) return { dtype: 'float32', values: unpackFloats(bytes) }
  if (dtype === DType.DTYPE_INT64) return { dtype: 'int64', values: unpackLongs(bytes) }
  if (dtype === DType.DTYPE_INT32) return { dtype: 'int64', values: unpackInts(bytes) }
  throw new Error(`tensors of type ${DType[dtype]} are not read here`)
}

function readTensor(name: string, { encoding, dtype, shape }: Tensor): Numbers {
  if (encoding.case !== 'dense') throw new Error(`${name} is not a dense tensor; others are not read here`)
  const numbers = unpack(dtype, encoding.value)
  const size = shape.reduce((product, each) => product * Number(each), 1)
  if (size !== numbers.values.length) throw new Error(`${name} holds ${numbers.values.length} numbers, and its shape says ${size}`)
  return numbers
}

export function encodeCall({ model, seq, rows, loss, config, forwardOnly }: Call): Uint8Array {
  const numbers = Object.entries(config).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  const texts = Object.entries(config).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return toBinary(
    ForwardBackwardRequestSchema,
    create(ForwardBackwardRequestSchema, {
      modelId: model,
      seqId: seq,
      lossFn: loss,
      forwardOnly,
      lossFnConfig: Object.fromEntries(numbers),
      lossFnConfigV2: Object.fromEntries(texts.map(([name, value]) => [name, { value: { case: 'text' as const, value } }])),
      data: rows.map(({ tokens, inputs }) => ({
        modelInput: [{ chunk: { case: 'encodedText' as const, value: { tokens: packInts(tokens) } } }],
        lossFnInputs: Object.fromEntries(
          Object.entries(inputs).map(([name, { dtype, values }]) => [
            name,
            {
              encoding: { case: 'dense' as const, value: dtype === 'int64' ? packLongs(values) : packFloats(values) },
              dtype: dtype === 'int64' ? DType.DTYPE_INT64 : DType.DTYPE_FLOAT32,
              shape: [BigInt(values.length)],
            },
          ]),
        ),
      })),
    }),
  )
}

/** Throws a plain sentence on bytes that are no such message, and on what is not read here (images, sparse tensors). */
export function decodeCall(bytes: Uint8Array): Call {
  const request = fromBinary(ForwardBackwardRequestSchema, bytes)
  const config: Call['config'] = { ...request.lossFnConfig }
  for (const [name, { value }] of Object.entries(request.lossFnConfigV2)) if (value.case) config[name] = value.value
  return {
    model: request.modelId,
    seq: request.seqId,
    loss: request.lossFn,
    config,
    forwardOnly: request.forwardOnly,
    rows: request.data.map(({ modelInput, lossFnInputs }) => ({
      tokens: modelInput.flatMap(({ chunk }) => {
        if (chunk.case !== 'encodedText') throw new Error(`a chunk is ${chunk.case ?? 'empty'}; only token ids are taken`)
        return unpackInts(chunk.value.tokens)
      }),
      inputs: Object.fromEntries(Object.entries(lossFnInputs).map(([name, tensor]) => [name, readTensor(name, tensor)])),
    })),
  }
}

/** Rows have the same fields. */
export function encodeResult({ type, rows, metrics }: CallResult): Uint8Array {
  const fields = Object.keys(rows[0] ?? {}).map((name) => {
    const of = rows.map((row) => row[name] ?? [])
    const offsets = [0]
    for (const values of of) offsets.push(offsets.at(-1)! + 4 * values.length)
    return [name, { data: packFloats(of.flat()), offsets: packLongs(offsets), dtype: DType.DTYPE_FLOAT32 }] as const
  })
  const record = { typeTag: '', fields: Object.fromEntries(fields), numDatums: BigInt(rows.length) }
  return toBinary(
    ForwardBackwardOutputSchema,
    create(ForwardBackwardOutputSchema, { lossFnOutputType: type, lossFnOutputs: rows.length > 0 ? [record] : [], metrics }),
  )
}

export function decodeResult(bytes: Uint8Array): CallResult {
  const { lossFnOutputType: type, lossFnOutputs, metrics } = fromBinary(ForwardBackwardOutputSchema, bytes)
  const rows = lossFnOutputs.flatMap(({ fields, numDatums }) => {
    const out: Record<string, number[]>[] = []
    for (const [name, { data, offsets, dtype, trailingShape }] of Object.entries(fields)) {
      if (trailingShape.length > 0) continue // not one number for each token
      const ends = unpackLongs(offsets)
      for (let row = 0; row + 1 < ends.length; row++) (out[row] ??= {})[name] = unpack(dtype, data.subarray(ends[row], ends[row + 1])).values
    }
    if (numDatums > 0n && Number(numDatums) !== out.length) throw new Error(`a result says ${numDatums} rows and holds ${out.length}`)
    return out
  })
  return { type, rows, metrics }
}

export function encodeSample({ sequences, promptLogprobs }: SampleResult): Uint8Array {
  return toBinary(
    SampleResponseSchema,
    create(SampleResponseSchema, {
      sequences: sequences.map(({ stop, tokens, logprobs }) => ({
        stopReason: stop === 'stop' ? StopReason.STOP : StopReason.LENGTH,
        tokens: packInts(tokens),
        ...(logprobs && { logprobs: packFloats(logprobs) }),
      })),
      ...(promptLogprobs && { promptLogprobs: packFloats(promptLogprobs) }),
    }),
  )
}

export function decodeSample(bytes: Uint8Array): SampleResult {
  const { sequences, promptLogprobs } = fromBinary(SampleResponseSchema, bytes)
  return {
    sequences: sequences.map(({ stopReason, tokens, logprobs }) => ({
      stop: stopReason === StopReason.STOP ? 'stop' : 'length',
      tokens: unpackInts(tokens),
      ...(logprobs && { logprobs: unpackFloats(logprobs) }),
    })),
    ...(promptLogprobs && { promptLogprobs: unpackFloats(promptLogprobs) }),
  }
}
