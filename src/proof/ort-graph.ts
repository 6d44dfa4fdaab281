/**
 * What ONNX Runtime's CPU computes a graph in, and how it is made to use float32: MatMulNBits' attribute accuracy_level (4 lets it
 * round activations to 8 bits) is set to 0 in the bytes. Field numbers: onnx/onnx.proto of onnx/onnx.
 */
import { ProtobufFile, type Field } from '../onnx/protobuf'
import type { Graph } from '../onnx/scan'

/** Why ONNX Runtime's numbers for a file are no reference in float32, whatever it is told; undefined where they are one. */
export function roundsActivations({ nodes, tensors }: Pick<Graph, 'nodes' | 'tensors'>): string | undefined {
  if (nodes.some(({ op }) => op === 'DynamicQuantizeLinear')) return 'the graph rounds activations to 8 bits'
  if ([...tensors.values()].some(({ dtype }) => dtype === 'float16')) return 'the graph computes in float16'
  return undefined
}

/** In place; returns the number of nodes that were changed. */
export async function computeInFloat(bytes: Uint8Array, file: string): Promise<number> {
  const proto = new ProtobufFile((offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)), bytes.length, file)
  let changed = 0
  for await (const attribute of below(proto, [7, 1, 5])) {
    let name = ''
    let level: Field | undefined
    for await (const field of inside(proto, attribute)) {
      if (field.number === 1) name = await proto.text(field)
      if (field.number === 3) level = field
    }
    if (name !== 'accuracy_level' || !level || level.value === 0) continue
    // A varint of zero that is as long as the one before.
    bytes.fill(0x80, level.offset, level.offset + level.length)
    bytes[level.offset + level.length - 1] = 0
    changed++
  }
  return changed
}

/** The messages at a path of field numbers: model → graph 7 → node 1 → attribute 5. */
async function* below(proto: ProtobufFile, path: readonly number[], parent?: Field): AsyncGenerator<Field> {
  const [number, ...rest] = path
  for await (const field of inside(proto, parent)) {
    if (field.number !== number || field.wire !== 2) continue
    if (rest.length === 0) yield field
    else yield* below(proto, rest, field)
  }
}

function inside(proto: ProtobufFile, message?: Field): AsyncGenerator<Field> {
  return message ? proto.fields(message.offset, message.offset + message.length) : proto.fields(0, proto.size)
}
