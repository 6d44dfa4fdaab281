/**
 * Finds a graph's weights: vectors by their names, matrices by the node that multiplies with them, whatever stands between
 * (Transpose, Reshape, Cast, DequantizeLinear). Checks type and shape of each, and knows which were never asked for.
 */
import { elementsOf, readElements, readFloats } from './bytes'
import type { ModelConfig } from './config'
import { dequantise } from './dequantise'
import { floatMatrix } from './matrix'
import { bnb4, integers, packedRows } from './quantised'
import type { Graph, Node, Tensor } from './scan'
import type { MatrixSource, Place, StoredMatrix, WeightSource } from './weight'

/** A matrix, and a key that two uses of the same numbers share. */
export interface Found {
  matrix: StoredMatrix
  key: string
}

/** How a node takes a tensor. */
interface Operand {
  tensor: Tensor
  /** Through an odd number of transpositions. */
  turned: boolean
  /** The DequantizeLinear on the way, and whether transpositions before and after it turn the tensor. */
  scaled?: { node: Node; before: boolean; after: boolean }
}

const MULTIPLIES = new Set(['MatMul', 'MatMulNBits', 'MatMulBnb4', 'MatMulInteger'])
/** No graph has more between a weight and its use; a circle has. */
const STEPS = 8

export class Finder {
  private readonly used = new Set<string>()
  private readonly checks: (() => Promise<void>)[] = []
  private readonly maker = new Map<string, Node>()
  private readonly takers = new Map<string, Node[]>()
  private readonly byName = new Map<string, Node>()

  constructor(
    private readonly place: Place,
    private readonly graph: Graph,
    readonly config: ModelConfig,
  ) {
    for (const node of graph.nodes) {
      if (MULTIPLIES.has(node.op)) this.byName.set(node.name.replace(/(?<=\/MatMul)_.*$/, ''), node)
      for (const output of node.outputs) if (output) this.maker.set(output, node)
      for (const input of node.inputs) {
        const takers = this.takers.get(input)
        if (takers) takers.push(node)
        else this.takers.set(input, [node])
      }
    }
  }

  has(name: string): boolean {
    return this.graph.tensors.has(name)
  }

  tensor(name: string): Tensor {
    const tensor = this.graph.tensors.get(name)
    if (!tensor) throw this.missing(`weight ${name}`)
    this.used.add(tensor.name)
    return tensor
  }

  /** A named vector, or a part of it. */
  vector(name: string, size: number, first = 0, count = size): WeightSource {
    const tensor = this.tensor(name)
    this.expect(tensor, tensor.dims, [size])
    return { dims: [count], read: () => readFloats(this.place, tensor, first, count) }
  }

  optional(name: string, size: number): WeightSource | undefined {
    return this.has(name) ? this.vector(name, size) : undefined
  }

  /** Whether there is a linear of this name: of node NAME/MatMul, with or without the suffix of a quantised one. */
  hasLinear(name: string): boolean {
    return this.byName.has(`${name}/MatMul`)
  }

  linear(name: string, rows: number, columns: number): Found {
    const node = this.byName.get(`${name}/MatMul`)
    if (node) return this.multiplied(node, rows, columns)
    // A writer may give such nodes other names, but keep the builder's for the weights.
    const weight = `${name.slice(1).replaceAll('/', '.')}.MatMul.weight`
    if (!this.has(weight)) throw this.missing(`node ${name}/MatMul`)
    return this.matrix({ tensor: this.tensor(weight), turned: false }, rows, columns, false)
  }

  private multiplied(node: Node, rows: number, columns: number): Found {
    const input = (i: number) => node.inputs[i] ?? ''
    if (node.op === 'MatMul') return this.matrix(this.operand(input(1), node.name), rows, columns, false)
    if (node.op === 'MatMulInteger') return this.multipliedIntegers(node, rows, columns)
    const attribute = (key: string, fallback: number) => node.attributes[key]?.integer ?? fallback
    const [N, K] = [attribute('N', 0), attribute('K', 0)]
    if (N !== rows || K !== columns) throw this.misfit(node.name, [N, K], [rows, columns])
    const codes = this.tensor(input(1))
    const scales = this.tensor(input(2))
    const block = attribute('block_size', 0)
    if (node.op === 'MatMulBnb4') {
      const type = attribute('quant_type', -1)
      if ((type !== 0 && type !== 1) || attribute('transB', 1) !== 1) throw this.unknown(node, `quant_type ${type}`)
      const table = type === 1 ? 'nf4' : 'fp4'
      return { matrix: bnb4(this.place, { rows, columns, block, codes, absmax: scales, table }), key: keyOf(codes, scales) }
    }
    if (attribute('weight_prepacked', 0) !== 0) throw this.unknown(node, 'weights packed for one kind of processor')
    if (input(4)) this.checks.push(() => this.checkOrder(node, this.tensor(input(4)), block))
    if (input(5)) throw this.unknown(node, 'a bias inside')
    return this.packed(codes, scales, input(3), attribute('bits', 4), block, rows, columns)
  }

  /** g_idx says which block each input belongs to; only the order that they lie in can be read. */
  private async checkOrder(node: Node, order: Tensor, block: number): Promise<void> {
    const bytes = order.dtype === 'int32' ? await readElements(this.place, order, 0, elementsOf(order)) : undefined
    const blocks = bytes && new Int32Array(bytes.buffer)
    if (!blocks?.every((b, i) => b === Math.floor(i / block))) throw this.unknown(node, 'an order of inputs of its own (g_idx)')
  }

  private packed(codes: Tensor, scales: Tensor, zero: string, bits: number, block: number, rows: number, columns: number): Found {
    const zeros = zero ? this.reshaped(zero) : undefined
    const matrix = packedRows(this.place, { rows, columns, bits, block, codes, scales, ...(zeros && { zeros }) })
    return { matrix, key: keyOf(codes, scales, zeros) }
  }

  /** y = (x_q · w_q) cast, times scale(x) · scale(w): the weight's scale stands in the product of the two. */
  private multipliedIntegers(node: Node, rows: number, columns: number): Found {
    const { tensor: codes, turned, scaled } = this.operand(node.inputs[1] ?? '', node.name)
    const cast = this.taker(node.outputs[0], 'Cast')
    const product = this.taker(cast?.outputs[0], 'Mul')
    const factor = this.maker.get(product?.inputs.find((name) => name !== cast?.outputs[0]) ?? '')
    const name = factor?.op === 'Mul' ? factor.inputs.find((input) => this.has(input)) : undefined
    if (!name || scaled) throw this.unknown(node, 'no scale that could be found')
    const scales = this.tensor(name)
    const zeros = node.inputs[3] ? this.tensor(node.inputs[3]) : undefined
    this.expect(codes, codes.dims, turned ? [rows, columns] : [columns, rows])
    const matrix = integers(this.place, { codes, turned: !turned, scales, ...(zeros && { zeros }), block: 0 })
    return { matrix, key: keyOf(codes, scales, zeros) }
  }

  /** The table of a lookup by token id, [rows, columns]. */
  table(rows: number, columns: number): Found {
    const node = this.lookup()
    if (node.op === 'GatherBlockQuantized') return this.blockTable(node, rows, columns)
    const operand = this.operand(node.inputs[0] ?? '', node.name)
    if (operand.scaled || !operand.tensor.dtype.includes('int')) return this.matrix(operand, rows, columns, true)
    const after = this.taker(node.outputs[0], 'DequantizeLinear')
    const spelt = after ? undefined : this.speltTable(node, operand.tensor, rows, columns)
    if (spelt) return spelt
    if (!after) throw this.unknown(node, `${operand.tensor.dtype} without a DequantizeLinear behind it`)
    const { scales, zeros } = this.scalesOf(after)
    if (elementsOf(scales) !== 1) throw this.unknown(after, 'more than one scale')
    this.expect(operand.tensor, operand.tensor.dims, operand.turned ? [columns, rows] : [rows, columns])
    const matrix = integers(this.place, { codes: operand.tensor, turned: operand.turned, scales, ...(zeros && { zeros }), block: 0 })
    return { matrix, key: keyOf(operand.tensor, scales, zeros) }
  }

  /** (codes[id] cast − 128) · scales[id], node by node, over codes [V, blocks, block]: for engines that lack GatherBlockQuantized. */
  private speltTable(node: Node, codes: Tensor, rows: number, columns: number): Found | undefined {
    const difference = this.taker(this.taker(node.outputs[0], 'Cast')?.outputs[0], 'Sub')
    const product = this.taker(difference?.outputs[0], 'Mul')
    const spread = this.maker.get(product?.inputs.find((name) => name !== difference?.outputs[0]) ?? '')
    const scales = this.maker.get(spread?.inputs[0] ?? '')
    const [, blocks = 0, block = 0] = codes.dims
    if (!difference || spread?.op !== 'Unsqueeze' || scales?.op !== 'Gather' || scales.inputs[1] !== node.inputs[1]) return undefined
    if (codes.dtype !== 'uint8' || blocks * block !== columns) return undefined
    this.checks.push(async () => {
      const [zero] = await readFloats(this.place, this.tensor(difference.inputs[1] ?? ''), 0, 1)
      if (zero !== 128) throw this.unknown(difference, `a zero point of ${zero}`)
    })
    return this.packed(codes, this.tensor(scales.inputs[0] ?? ''), '', 8, block, rows, columns)
  }

  private lookup(): Node {
    const gathers = this.graph.nodes.filter(({ op }) => op === 'Gather' || op === 'GatherBlockQuantized')
    const named = gathers.find(({ name }) => name.startsWith('/model/embed_tokens/'))
    const node = named ?? gathers.find(({ inputs }) => inputs[1] === 'input_ids')
    if (!node) throw this.missing('node /model/embed_tokens/Gather')
    return node
  }

  private blockTable(node: Node, rows: number, columns: number): Found {
    const attribute = (key: string, fallback: number) => node.attributes[key]?.integer ?? fallback
    if (attribute('gather_axis', 0) !== 0 || ![1, -1].includes(attribute('quantize_axis', 1))) throw this.unknown(node, 'other axes')
    if (!node.inputs[2]) throw this.unknown(node, 'no scales')
    const codes = this.reshaped(node.inputs[0] ?? '')
    const scales = this.reshaped(node.inputs[2])
    const zero = node.inputs[3] ?? ''
    const block = attribute('block_size', 128)
    if (codes.dtype === 'uint8') return this.packed(codes, scales, zero, attribute('bits', 4), block, rows, columns)
    // Without zero points, engines differ on what zero is for uint4.
    if (codes.dtype === 'uint4' && !zero) throw this.unknown(node, 'uint4 without zero points')
    this.expect(codes, codes.dims, [rows, columns])
    const zeros = zero ? this.reshaped(zero) : undefined
    const matrix = integers(this.place, { codes, turned: false, scales, ...(zeros && { zeros }), block })
    return { matrix, key: keyOf(codes, scales, zeros) }
  }

  /** A matrix [rows, columns] whose operand comes upright (a lookup) or as [columns, rows] (the right side of a MatMul). */
  private matrix(operand: Operand, rows: number, columns: number, upright: boolean): Found {
    const { tensor, scaled } = operand
    const turned = operand.turned === upright
    this.expect(tensor, tensor.dims, turned ? [columns, rows] : [rows, columns])
    if (!scaled) {
      if (!tensor.dtype.includes('float')) {
        throw new Error(`${this.graph.file}: ${tensor.name} is stored as ${tensor.dtype} without scales; export the model again.`)
      }
      return { matrix: floatMatrix(this.place, tensor, turned), key: keyOf(tensor) }
    }
    const { node, before, after } = scaled
    const { scales, zeros } = this.scalesOf(node)
    const block = node.attributes.block_size?.integer ?? 0
    // Where the node itself sees [columns, rows], blocks must run along its axis 0 and single scales stand along its axis 1.
    const nodeTurned = after === upright
    const axis = ((node.attributes.axis?.integer ?? 1) + 2) % 2
    const alongColumns = axis === (nodeTurned ? 0 : 1)
    if (block ? !alongColumns || before : elementsOf(scales) > 1 && alongColumns) throw this.unknown(node, `scales along axis ${axis}`)
    const matrix = integers(this.place, { codes: tensor, turned, scales, ...(zeros && { zeros }), block })
    return { matrix, key: keyOf(tensor, scales, zeros) }
  }

  private scalesOf(node: Node): { scales: Tensor; zeros?: Tensor } {
    const zero = node.inputs[2]
    return { scales: this.tensor(node.inputs[1] ?? ''), ...(zero && { zeros: this.tensor(zero) }) }
  }

  /** The tensor behind a value, and how it gets there. */
  private operand(value: string, user: string): Operand {
    let turned = false
    let found: Operand['scaled'] | undefined
    let at = value
    for (let step = 0; step < STEPS && !this.has(at); step++) {
      const node = this.maker.get(at)
      const perm = node?.attributes.perm?.integers
      if (node?.op === 'Transpose' && (perm ?? [1, 0]).join() === '1,0') turned = !turned
      else if (node?.op === 'DequantizeLinear' && !found) {
        found = { node, before: false, after: turned }
        turned = false
      } else if (node?.op !== 'Cast' && node?.op !== 'Identity') break
      at = node.inputs[0] ?? ''
    }
    if (!this.has(at)) {
      const from = this.maker.get(at)
      const what = from ? `${from.op} (${from.name})` : 'nowhere'
      throw new Error(`${this.graph.file}: the weight of ${user} comes from ${what}, which is not known there; use an unchanged export.`)
    }
    const tensor = this.tensor(at)
    if (!found) return { tensor, turned }
    return { tensor, turned: found.after !== turned, scaled: { ...found, before: turned } }
  }

  /** A tensor, or one behind a Reshape. */
  private reshaped(value: string): Tensor {
    const node = this.maker.get(value)
    return this.tensor(!this.has(value) && node?.op === 'Reshape' ? (node.inputs[0] ?? '') : value)
  }

  private taker(value: string | undefined, op: string): Node | undefined {
    return (this.takers.get(value ?? '') ?? []).find((node) => node.op === op)
  }

  /** What only values can tell; and a named weight that no part of the model takes would change its answers. */
  async finish(): Promise<void> {
    for (const check of this.checks) await check()
    for (const { name } of this.graph.tensors.values()) {
      if (/^(model\.|lm_head\.|onnx::MatMul_)/.test(name) && !name.includes('rotary_emb') && !this.used.has(name)) {
        throw new Error(
          `${this.graph.file} has the weight ${name}, which a ${this.config.family} model of config.json does not use; ` +
            'take config.json and model from the same export.',
        )
      }
    }
  }

  private expect(tensor: Tensor, found: number[], wanted: number[]): void {
    if (found.join() !== wanted.join()) throw this.misfit(tensor.name, found, wanted)
  }

  private misfit(name: string, found: number[], wanted: number[]): Error {
    return new Error(
      `${this.graph.file}: ${name} is [${found.join(', ').slice(0, 60)}], but config.json makes it [${wanted.join(', ')}]; ` +
        'take config.json and model from the same export.',
    )
  }

  private unknown(node: Node, what: string): Error {
    return new Error(`${this.graph.file}: node ${node.name} (${node.op}) has ${what}, which cannot be read here; choose another file.`)
  }

  private missing(what: string): Error {
    const { layers, family } = this.config
    const whole = `a whole ${family} model of config.json's ${layers} layers`
    return new Error(`${this.graph.file} has no ${what}; it is not ${whole}: export it again.`)
  }
}

function keyOf(...tensors: (Tensor | undefined)[]): string {
  return tensors.map((tensor) => tensor?.name ?? '').join(' ')
}

/** [out, in] as [in, out], which is how `read` gives a linear; a table as it is. */
export function asLinear(stored: StoredMatrix): MatrixSource {
  return { dims: [stored.columns, stored.rows], read: () => wholeMatrix(stored, true), stored }
}

export function asTable(stored: StoredMatrix): MatrixSource {
  return { dims: [stored.rows, stored.columns], read: () => wholeMatrix(stored, false), stored }
}

async function wholeMatrix(stored: StoredMatrix, turn: boolean): Promise<Float32Array<ArrayBuffer>> {
  const [high, width] = stored.turned ? [stored.columns, stored.rows] : [stored.rows, stored.columns]
  const values = dequantise(await stored.read(0, high), stored.format, high, width)
  if (turn === stored.turned) return Float32Array.from(values)
  return Float32Array.from({ length: values.length }, (_, i) => values[(i % high) * width + Math.floor(i / high)]!)
}
