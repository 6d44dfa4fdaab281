/**
 * A model with its LoRA adapter merged in, W + s·B·A, as one ONNX file: the base's graph, whose linears multiply with the merged
 * weights as float32, as float16, or in four bits (MatMulNBits, blocks of 32, symmetric: w ≈ (code − 8) · scale, scale = −w_max / 8 with
 * w_max the number of the block that is farthest from 0). Whatever the base's linears were stored as is dequantised first; all
 * else (embedding, head, norms, biases) stays as the base has it.
 */
import type { LayerWeights } from './dialect'
import { Links } from './finder-links'
import { fromHalf, toHalf } from './half'
import { readModel } from './model'
import type { Repository } from './repository'
import { scan, type Node } from './scan'
import { writeChanged, type Changes, type NewNode, type NewTensor } from './write'

export const MERGED_TYPES = ['f32', 'f16', 'q4'] as const
export type MergedType = (typeof MERGED_TYPES)[number]

/** One linear's adapter: a [R, in], b [out, R]. */
export interface LinearAdapter {
  a: Float32Array
  b: Float32Array
  rank: number
  scale: number
}

type Part = Extract<keyof LayerWeights, 'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down'>

export interface Merged {
  bytes: Uint8Array<ArrayBuffer>
  /** ‖stored − merged‖ / ‖merged‖ over all linears. */
  error: number
  /** Linears with an adapter, and all. */
  adapted: number
  linears: number
}

const BLOCK = 32

/** @param adapterOf the adapter of `q_proj` of layer 0 and so on; undefined where there is none. Rejects with one sentence. */
export async function mergeModel(
  repository: Repository, file: string, adapterOf: (layer: number, target: string) => LinearAdapter | undefined, type: MergedType,
): Promise<Merged> {
  const { config, weights, dialect } = await readModel(repository, file)
  const graph = await scan((offset, length) => repository.read(file, offset, length), await repository.size(file), file)
  const links = new Links({ repository, file }, graph, config)
  const changes: Changes = new Map()
  const [count, off] = [{ adapted: 0, linears: 0 }, { error: 0, size: 0 }]
  for (const [layer, found] of weights.layers.entries()) {
    const at = (folder: string, name: string) => `/model/layers.${layer}/${folder}/${name}`
    const attention = dialect === 'genai' ? 'attn' : 'self_attn'
    /** Several linears that may be one. */
    const together = (folder: string, packed: string, parts: Part[]): [string, Part[]][] =>
      links.multiplier(at(folder, packed)) ? [[at(folder, packed), parts]] : parts.map((part) => [at(folder, `${part}_proj`), [part]])
    const sites = [
      ...together(attention, 'qkv_proj', ['q', 'k', 'v']), ...together(attention, '', ['o']),
      ...together('mlp', 'gate_up_proj', ['gate', 'up']), ...together('mlp', '', ['down']),
    ]
    for (const [name, parts] of sites) {
      const node = links.multiplier(name)
      if (!node) throw new Error(`${file} has no node ${name}/MatMul, and merging changes such nodes; merge into an unchanged export.`)
      const matrices = await Promise.all(parts.map(async (part) => {
        const source = found[part]
        const [inputs = 0, outputs = 0] = source.dims
        const adapter = adapterOf(layer, `${part}_proj`)
        count.linears++
        if (adapter) count.adapted++
        return { inputs, outputs, values: add(await source.read(), adapter, inputs, outputs) }
      }))
      const site = siteOf(links, node)
      const [inputs, outputs] = [matrices[0]!.inputs, matrices.reduce((sum, each) => sum + each.outputs, 0)]
      const { stored, ...change } = replace(site, sideBySide(matrices, inputs, outputs), inputs, outputs, type)
      for (const [i, value] of stored.merged.entries()) {
        off.error += (stored.values(i) - value) ** 2
        off.size += value ** 2
      }
      changes.set(site.output, change)
    }
  }
  return { bytes: await writeChanged({ repository, file }, graph, changes), error: Math.sqrt(off.error / Math.max(off.size, 1e-300)), ...count }
}

/** W [in, out] + s · (B·A)ᵀ */
function add(values: Float32Array, adapter: LinearAdapter | undefined, inputs: number, outputs: number): Float32Array {
  if (!adapter) return values
  const { a, b, rank, scale } = adapter
  if (a.length !== rank * inputs || b.length !== rank * outputs)
    throw new Error(`the adapter's matrices of ${a.length} and ${b.length} numbers do not fit a linear [${outputs}, ${inputs}]; take the base that it was trained on.`)
  return values.map((value, at) => {
    const [i, o] = [Math.floor(at / outputs), at % outputs]
    let sum = 0
    for (let r = 0; r < rank; r++) sum += b[o * rank + r]! * a[r * inputs + i]!
    return value + scale * sum
  })
}

function sideBySide(parts: { outputs: number; values: Float32Array }[], inputs: number, outputs: number): Float32Array {
  if (parts.length === 1) return parts[0]!.values
  const whole = new Float32Array(inputs * outputs)
  let first = 0
  for (const { outputs: width, values } of parts) {
    for (let i = 0; i < inputs; i++) whole.set(values.subarray(i * width, (i + 1) * width), i * outputs + first)
    first += width
  }
  return whole
}

/** Where a linear stands in the graph: what it takes, makes and is called, and whether its activations are float16. */
interface Site {
  name: string
  input: string
  output: string
  half: boolean
}

function siteOf(links: Links, node: Node): Site {
  const [input = '', weight = '', scales = ''] = node.inputs
  if (node.op === 'MatMulInteger') {
    // activations are rounded before it and scaled after it; both go
    const cast = links.taker(node.outputs[0], 'Cast')
    const product = links.taker(cast?.outputs[0], 'Mul')
    return { name: node.name, input: links.maker(input)?.inputs[0] ?? input, output: product!.outputs[0]!, half: false }
  }
  const half = node.op === 'MatMul' ? isHalf(links, weight) : links.tensor(scales).dtype === 'float16'
  return { name: node.name, input, output: node.outputs[0]!, half }
}

/** The type of a value that a weight becomes on its way to a MatMul. */
function isHalf(links: Links, value: string): boolean {
  if (links.has(value)) return links.tensor(value).dtype === 'float16'
  const node = links.maker(value)
  if (node?.op === 'Cast') return node.attributes.to?.integer === 10
  return isHalf(links, node?.inputs[node.op === 'DequantizeLinear' ? 1 : 0] ?? '')
}

interface Replaced {
  nodes: NewNode[]
  tensors: NewTensor[]
  stored: { merged: Float32Array; values: (i: number) => number }
}

/** @param merged [in, out] */
function replace({ name, input, output, half }: Site, merged: Float32Array, inputs: number, outputs: number, type: MergedType): Replaced {
  const weight = `merged${name.replaceAll('/', '.')}`
  const node = { name, output }
  if (type === 'q4') {
    const { codes, scales, value } = quantise(merged, inputs, outputs, half)
    const blocks = Math.ceil(inputs / BLOCK)
    return {
      nodes: [{
        ...node, op: 'MatMulNBits', domain: 'com.microsoft', inputs: [input, `${weight}.codes`, `${weight}.scales`],
        attributes: { K: inputs, N: outputs, bits: 4, block_size: BLOCK },
      }],
      tensors: [
        { name: `${weight}.codes`, dims: [outputs, blocks, BLOCK / 2], type: 'uint8', data: codes },
        floatTensor(`${weight}.scales`, [outputs, blocks], scales, half),
      ],
      stored: { merged, values: value },
    }
  }
  const narrow = type === 'f16' || half
  const tensor = floatTensor(weight, [inputs, outputs], merged, narrow)
  const halves = new Uint16Array(tensor.data.buffer)
  const values = narrow ? (i: number) => fromHalf(halves[i]!) : (i: number) => merged[i]!
  // float16 in the file; a Cast, which is done once when the file is loaded, where the graph computes in float32
  const cast = narrow && !half
  const cause: NewNode[] = cast ? [{ name: `${name}_Cast`, op: 'Cast', inputs: [weight], output: `${weight}.float32`, attributes: { to: 1 } }] : []
  return {
    nodes: [...cause, { ...node, op: 'MatMul', inputs: [input, cast ? `${weight}.float32` : weight] }],
    tensors: [tensor],
    stored: { merged, values },
  }
}

function floatTensor(name: string, dims: number[], values: Float32Array, half: boolean): NewTensor {
  if (!half) return { name, dims, type: 'float32', data: new Uint8Array(values.slice().buffer) }
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!(largest < 65520)) throw new Error(`${name} holds ${largest}, which float16 does not; choose f32.`)
  return { name, dims, type: 'float16', data: new Uint8Array(Uint16Array.from(values, toHalf).buffer) }
}

/** Codes [out, blocks, 16], low nibble first, and scales [out, blocks]; `value` is what number i of [in, out] became. */
function quantise(merged: Float32Array, inputs: number, outputs: number, half: boolean) {
  const blocks = Math.ceil(inputs / BLOCK)
  const scales = new Float32Array(outputs * blocks)
  const codes = new Uint8Array((outputs * blocks * BLOCK) / 2).fill(0x88)
  const value = (i: number) => {
    const [at, column] = [Math.floor(i / outputs), i % outputs]
    const index = column * blocks * BLOCK + at
    return (((codes[index >> 1]! >> (4 * (index & 1))) & 15) - 8) * scales[Math.floor(index / BLOCK)]!
  }
  for (let column = 0; column < outputs; column++) {
    for (let block = 0; block < blocks; block++) {
      const end = Math.min(inputs, (block + 1) * BLOCK)
      let far = 0
      for (let at = block * BLOCK; at < end; at++) if (Math.abs(merged[at * outputs + column]!) > Math.abs(far)) far = merged[at * outputs + column]!
      const scale = half ? fromHalf(toHalf(-far / 8)) : Math.fround(-far / 8)
      scales[column * blocks + block] = scale
      for (let at = block * BLOCK; at < end && scale !== 0; at++) {
        const code = Math.max(0, Math.min(15, Math.round(merged[at * outputs + column]! / scale) + 8))
        const index = column * blocks * BLOCK + at
        codes[index >> 1] = index & 1 ? (codes[index >> 1]! & 0x0f) | (code << 4) : (codes[index >> 1]! & 0xf0) | code
      }
    }
  }
  return { codes, scales, value }
}
