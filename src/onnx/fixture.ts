/** For tests: encodes small ONNX files by hand and serves files from memory. */
import type { Repository } from './repository'

const utf8 = new TextEncoder()

export function varint(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

export function integer(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)]
}

export function block(field: number, content: string | readonly number[] | Uint8Array): number[] {
  const bytes = typeof content === 'string' ? utf8.encode(content) : content
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes]
}

/** Little-endian float32. */
export function floats(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => view.setFloat32(i * 4, value, true))
  return new Uint8Array(view.buffer)
}

export interface TensorFixture {
  dims: number[]
  values?: number[]
  /** raw: raw_data · packed, single: float_data as one block, or value by value. */
  form?: 'raw' | 'packed' | 'single'
  packedDims?: boolean
  dtype?: number
  external?: { location: string; offset?: number; length?: number }
}

export function tensor(name: string, { dims, values = [], form = 'raw', packedDims, dtype = 1, external }: TensorFixture): number[] {
  const entry = (key: string, value?: string | number) =>
    value === undefined ? [] : block(13, [...block(1, key), ...block(2, String(value))])
  const data = external
    ? [...entry('location', external.location), ...entry('offset', external.offset), ...entry('length', external.length), ...integer(14, 1)]
    : form === 'raw'
      ? block(9, floats(values))
      : form === 'packed'
        ? block(4, floats(values))
        : values.flatMap((value) => [...varint(4 * 8 + 5), ...floats([value])])
  const shape = packedDims ? block(1, dims.flatMap(varint)) : dims.flatMap((dim) => integer(1, dim))
  return [...shape, ...integer(2, dtype), ...block(8, name), ...data]
}

export interface NodeFixture {
  name: string
  op: string
  domain?: string
  inputs?: string[]
  outputs?: string[]
  attributes?: number[][]
}

export function node({ name, op, domain, inputs = [], outputs = [`${name}_out`], attributes = [] }: NodeFixture): number[] {
  return [
    ...inputs.flatMap((input) => block(1, input)),
    ...outputs.flatMap((output) => block(2, output)),
    ...block(3, name),
    ...block(4, op),
    ...attributes.flatMap((attribute) => block(5, attribute)),
    ...(domain === undefined ? [] : block(7, domain)),
  ]
}

export const attribute = {
  integer: (name: string, value: number) => [...block(1, name), ...integer(3, value)],
  float: (name: string, value: number) => [...block(1, name), ...varint(2 * 8 + 5), ...floats([value])],
  integers: (name: string, values: number[]) => [...block(1, name), ...values.flatMap((value) => integer(8, value))],
  tensor: (name: string, content: number[]) => [...block(1, name), ...block(5, content)],
}

export function model(nodes: number[][], tensors: number[][]): Uint8Array {
  const graph = [...nodes.flatMap((n) => block(1, n)), ...block(2, 'graph'), ...tensors.flatMap((t) => block(5, t))]
  return Uint8Array.from([...integer(1, 8), ...block(2, 'by hand'), ...block(7, graph), ...block(8, [...block(1, ''), ...integer(2, 17)])])
}

/** A repository whose files are in memory. */
export function memory(files: Record<string, Uint8Array | string>): Repository {
  const bytes = (path: string): Uint8Array => {
    const file = files[path]
    if (file === undefined) throw new Error(`no file ${path}`)
    return typeof file === 'string' ? utf8.encode(file) : file
  }
  return {
    id: 'memory',
    size: (path) => Promise.resolve(bytes(path).length),
    read: (path, offset, length) => Promise.resolve(bytes(path).slice(offset, offset + length)),
    text: (path) => Promise.resolve(new TextDecoder().decode(bytes(path))),
    exists: (path) => Promise.resolve(files[path] !== undefined),
  }
}

export const TINY_CONFIG = {
  model_type: 'qwen2', hidden_size: 4, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 6,
  vocab_size: 5, max_position_embeddings: 8, rope_theta: 10_000, rms_norm_eps: 1e-6, tie_word_embeddings: true, eos_token_id: 2,
} // prettier-ignore

/** The weights of a GenAI file of TINY_CONFIG, tied, q, k, v packed; every value is different. */
export function tinyTensors(): Record<string, TensorFixture> {
  const at = 'model.layers.0'
  let next = 0
  const of = (...dims: number[]): TensorFixture => {
    return { dims, values: Array.from({ length: dims.reduce((a, b) => a * b) }, () => ++next / 8) }
  }
  return {
    [`${at}.input_layernorm.weight`]: of(4),
    [`${at}.attn.qkv_proj.MatMul.weight`]: of(4, 8),
    [`${at}.attn.qkv_proj.Add.bias`]: of(8),
    [`${at}.attn.o_proj.MatMul.weight`]: of(4, 4),
    [`${at}.post_attention_layernorm.weight`]: of(4),
    [`${at}.mlp.gate_proj.MatMul.weight`]: of(4, 6),
    [`${at}.mlp.up_proj.MatMul.weight`]: of(4, 6),
    [`${at}.mlp.down_proj.MatMul.weight`]: of(6, 4),
    'model.layers.1.final_norm_layernorm.weight': of(4),
    'lm_head.MatMul.weight': of(4, 5),
  }
}

export function tinyNodes(): NodeFixture[] {
  return [
    {
      name: '/model/embed_tokens/Transpose', op: 'Transpose', inputs: ['lm_head.MatMul.weight'],
      attributes: [attribute.integers('perm', [1, 0])],
    },
    { name: '/model/embed_tokens/Gather', op: 'Gather', inputs: ['/model/embed_tokens/Transpose_out', 'input_ids'] },
    {
      name: '/model/layers.0/attn/GroupQueryAttention', op: 'GroupQueryAttention', domain: 'com.microsoft',
      attributes: [attribute.integer('num_heads', 2), attribute.integer('local_window_size', -1), attribute.float('scale', Math.SQRT1_2)],
    },
    { name: '/lm_head/MatMul', op: 'MatMul', inputs: ['hidden', 'lm_head.MatMul.weight'] },
  ] // prettier-ignore
}

export function tinyFile(nodes = tinyNodes(), tensors = tinyTensors()): Uint8Array {
  return model(nodes.map(node), Object.entries(tensors).map(([name, fixture]) => tensor(name, fixture)))
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Damage as lines, disks and people do it: bits and bytes changed, a piece lost, doubled or moved, an end cut off or filled with noise. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n)
  const at = below(bytes.length)
  const size = 1 + below(Math.min(200, bytes.length - at))
  const piece = bytes.subarray(at, at + size)
  const join = (...parts: Uint8Array[]) => {
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    parts.reduce((start, part) => (joined.set(part, start), start + part.length), 0)
    return joined
  }
  const changed = Uint8Array.from(bytes)
  switch (below(7)) {
    case 0: // a few bits
      for (let n = 1 + below(8); n > 0; n--) changed[below(bytes.length)]! ^= 1 << below(8)
      return changed
    case 1: // a few bytes, each as large or small as it gets
      for (let n = 1 + below(4); n > 0; n--) changed[below(bytes.length)] = [0, 1, 0x7f, 0x80, 0xff][below(5)]!
      return changed
    case 2:
      return bytes.slice(0, at)
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(at + size))
    case 4:
      return join(bytes.subarray(0, at), piece, bytes.subarray(at))
    case 5:
      changed.copyWithin(below(bytes.length), at, at + size)
      return changed
    default:
      for (let i = at; i < at + size; i++) changed[i] = below(256)
      return changed
  }
}
