/** The matrix that a node multiplies with: floats, packed blocks, 4-bit codebooks or integers with scales. */
import { elementsOf, readElements } from './bytes'
import type { Links, Operand } from './finder-links'
import { floatMatrix } from './matrix'
import { bnb4, integers, packedRows } from './quantised'
import type { Node, Tensor } from './scan'
import type { StoredMatrix } from './weight'

/** A matrix, and a key that two uses of the same numbers share. */
export interface Found {
  matrix: StoredMatrix
  key: string
}

export function attributeOf(node: Node, key: string, fallback: number): number {
  return node.attributes[key]?.integer ?? fallback
}

export function multiplied(links: Links, node: Node, rows: number, columns: number): Found {
  const input = (i: number) => node.inputs[i] ?? ''
  if (node.op === 'MatMul') return matrixOf(links, links.operand(input(1), node.name), rows, columns, false)
  if (node.op === 'MatMulInteger') return multipliedIntegers(links, node, rows, columns)
  const [N, K] = [attributeOf(node, 'N', 0), attributeOf(node, 'K', 0)]
  if (N !== rows || K !== columns) throw links.misfit(node.name, [N, K], [rows, columns])
  const codes = links.tensor(input(1))
  const scales = links.tensor(input(2))
  const block = attributeOf(node, 'block_size', 0)
  if (node.op === 'MatMulBnb4') {
    const type = attributeOf(node, 'quant_type', -1)
    if ((type !== 0 && type !== 1) || attributeOf(node, 'transB', 1) !== 1) throw links.unknown(node, `quant_type ${type}`)
    const table = type === 1 ? 'nf4' : 'fp4'
    return { matrix: bnb4(links.place, { rows, columns, block, codes, absmax: scales, table }), key: keyOf(codes, scales) }
  }
  if (attributeOf(node, 'weight_prepacked', 0) !== 0) throw links.unknown(node, 'weights packed for one kind of processor')
  if (input(4)) links.checks.push(() => checkOrder(links, node, links.tensor(input(4)), block))
  if (input(5)) throw links.unknown(node, 'a bias inside')
  return packed(links, { codes, scales, zero: input(3), bits: attributeOf(node, 'bits', 4), block, rows, columns })
}

/** g_idx says which block each input belongs to; only the order that they lie in can be read. */
async function checkOrder(links: Links, node: Node, order: Tensor, block: number): Promise<void> {
  const bytes = order.dtype === 'int32' ? await readElements(links.place, order, 0, elementsOf(order)) : undefined
  const blocks = bytes && new Int32Array(bytes.buffer)
  if (!blocks?.every((b, i) => b === Math.floor(i / block))) throw links.unknown(node, 'an order of inputs of its own (g_idx)')
}

interface Packed {
  codes: Tensor
  scales: Tensor
  /** The name of the zero points, empty where there are none. */
  zero: string
  bits: number
  block: number
  rows: number
  columns: number
}

export function packed(links: Links, { zero, ...parts }: Packed): Found {
  const zeros = zero ? links.reshaped(zero) : undefined
  const matrix = packedRows(links.place, { ...parts, ...(zeros && { zeros }) })
  return { matrix, key: keyOf(parts.codes, parts.scales, zeros) }
}

/** y = (x_q · w_q) cast, times scale(x) · scale(w): the weight's scale stands in the product of the two. */
function multipliedIntegers(links: Links, node: Node, rows: number, columns: number): Found {
  const { tensor: codes, turned, scaled } = links.operand(node.inputs[1] ?? '', node.name)
  const cast = links.taker(node.outputs[0], 'Cast')
  const product = links.taker(cast?.outputs[0], 'Mul')
  const factor = links.maker(product?.inputs.find((name) => name !== cast?.outputs[0]))
  const name = factor?.op === 'Mul' ? factor.inputs.find((input) => links.has(input)) : undefined
  if (!name || scaled) throw links.unknown(node, 'no scale that could be found')
  const scales = links.tensor(name)
  const zeros = node.inputs[3] ? links.tensor(node.inputs[3]) : undefined
  links.expect(codes, codes.dims, turned ? [rows, columns] : [columns, rows])
  const matrix = integers(links.place, { codes, turned: !turned, scales, ...(zeros && { zeros }), block: 0 })
  return { matrix, key: keyOf(codes, scales, zeros) }
}

/** A matrix [rows, columns] whose operand comes upright (a lookup) or as [columns, rows] (the right side of a MatMul). */
export function matrixOf(links: Links, operand: Operand, rows: number, columns: number, upright: boolean): Found {
  const { tensor, scaled } = operand
  const turned = operand.turned === upright
  links.expect(tensor, tensor.dims, turned ? [columns, rows] : [rows, columns])
  if (!scaled) {
    if (!tensor.dtype.includes('float')) {
      throw new Error(`${links.graph.file}: ${tensor.name} is stored as ${tensor.dtype} without scales; export the model again.`)
    }
    return { matrix: floatMatrix(links.place, tensor, turned), key: keyOf(tensor) }
  }
  const { node, before, after } = scaled
  const { scales, zeros } = links.scalesOf(node)
  const block = attributeOf(node, 'block_size', 0)
  // Where the node itself sees [columns, rows], blocks must run along its axis 0 and single scales stand along its axis 1.
  const nodeTurned = after === upright
  const axis = (attributeOf(node, 'axis', 1) + 2) % 2
  const alongColumns = axis === (nodeTurned ? 0 : 1)
  if (block ? !alongColumns || before : elementsOf(scales) > 1 && alongColumns) throw links.unknown(node, `scales along axis ${axis}`)
  const matrix = integers(links.place, { codes: tensor, turned, scales, ...(zeros && { zeros }), block })
  return { matrix, key: keyOf(tensor, scales, zeros) }
}

export function keyOf(...tensors: (Tensor | undefined)[]): string {
  return tensors.map((tensor) => tensor?.name ?? '').join(' ')
}
