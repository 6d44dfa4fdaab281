/** The table of a lookup by token id: floats, integers with one scale, or blocks, in one operator or spelt out. */
import { elementsOf, readFloats } from './bytes'
import type { Links } from './finder-links'
import { attributeOf, keyOf, matrixOf, packed, type Found } from './finder-matrix'
import { integers } from './quantised'
import type { Node, Tensor } from './scan'

/** [rows, columns] */
export function findTable(links: Links, rows: number, columns: number): Found {
  const node = lookup(links)
  if (node.op === 'GatherBlockQuantized') return blockTable(links, node, rows, columns)
  const operand = links.operand(node.inputs[0] ?? '', node.name)
  const { tensor: codes, turned } = operand
  if (operand.scaled || !codes.dtype.includes('int')) return matrixOf(links, operand, rows, columns, true)
  const after = links.taker(node.outputs[0], 'DequantizeLinear')
  const spelt = after ? undefined : speltTable(links, node, codes, rows, columns)
  if (spelt) return spelt
  if (!after) throw links.unknown(node, `${codes.dtype} without a DequantizeLinear behind it`)
  const { scales, zeros } = links.scalesOf(after)
  if (elementsOf(scales) !== 1) throw links.unknown(after, 'more than one scale')
  links.expect(codes, codes.dims, turned ? [columns, rows] : [rows, columns])
  return { matrix: integers(links.place, { codes, turned, scales, ...(zeros && { zeros }), block: 0 }), key: keyOf(codes, scales, zeros) }
}

function lookup(links: Links): Node {
  const gathers = links.graph.nodes.filter(({ op }) => op === 'Gather' || op === 'GatherBlockQuantized')
  const named = gathers.find(({ name }) => name.startsWith('/model/embed_tokens/'))
  const node = named ?? gathers.find(({ inputs }) => inputs[1] === 'input_ids')
  if (!node) throw links.missing('node /model/embed_tokens/Gather')
  return node
}

/** (codes[id] cast − 128) · scales[id], node by node, over codes [V, blocks, block]: for engines that lack GatherBlockQuantized. */
function speltTable(links: Links, node: Node, codes: Tensor, rows: number, columns: number): Found | undefined {
  const difference = links.taker(links.taker(node.outputs[0], 'Cast')?.outputs[0], 'Sub')
  const product = links.taker(difference?.outputs[0], 'Mul')
  const spread = links.maker(product?.inputs.find((name) => name !== difference?.outputs[0]))
  const scales = links.maker(spread?.inputs[0])
  const [, blocks = 0, block = 0] = codes.dims
  if (!difference || spread?.op !== 'Unsqueeze' || scales?.op !== 'Gather' || scales.inputs[1] !== node.inputs[1]) return undefined
  if (codes.dtype !== 'uint8' || blocks * block !== columns) return undefined
  links.checks.push(async () => {
    const [zero] = await readFloats(links.place, links.tensor(difference.inputs[1] ?? ''), 0, 1)
    if (zero !== 128) throw links.unknown(difference, `a zero point of ${zero}`)
  })
  return packed(links, { codes, scales: links.tensor(scales.inputs[0] ?? ''), zero: '', bits: 8, block, rows, columns })
}

function blockTable(links: Links, node: Node, rows: number, columns: number): Found {
  const otherAxes = attributeOf(node, 'gather_axis', 0) !== 0 || ![1, -1].includes(attributeOf(node, 'quantize_axis', 1))
  if (otherAxes) throw links.unknown(node, 'other axes')
  if (!node.inputs[2]) throw links.unknown(node, 'no scales')
  const codes = links.reshaped(node.inputs[0] ?? '')
  const scales = links.reshaped(node.inputs[2])
  const zero = node.inputs[3] ?? ''
  const block = attributeOf(node, 'block_size', 128)
  if (codes.dtype === 'uint8') return packed(links, { codes, scales, zero, bits: attributeOf(node, 'bits', 4), block, rows, columns })
  // Without zero points, engines differ on what zero is for uint4.
  if (codes.dtype === 'uint4' && !zero) throw links.unknown(node, 'uint4 without zero points')
  links.expect(codes, codes.dims, [rows, columns])
  const zeros = zero ? links.reshaped(zero) : undefined
  const matrix = integers(links.place, { codes, turned: false, scales, ...(zeros && { zeros }), block })
  return { matrix, key: keyOf(codes, scales, zeros) }
}
