/**
 * Reads an ONNX model's graph and says where each tensor's bytes are, without reading them: only names, shapes and small
 * attributes are decoded, so a file of any size costs a few reads. Field numbers: onnx/onnx.proto of onnx/onnx.
 */
import { ProtobufFile, type Field, type ReadBytes } from './protobuf'

/** TensorProto.DataType, as far as it is met in language models. */
export const DATA_TYPES: Readonly<Record<number, string>> = {
  1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 9: 'bool', 10: 'float16', 11: 'float64',
  16: 'bfloat16', 17: 'float8', 21: 'uint4', 22: 'int4',
} // prettier-ignore

export interface Span {
  offset: number
  length: number
}

export interface Tensor {
  name: string
  dims: number[]
  /** A name of DATA_TYPES, or `type <n>`. */
  dtype: string
  /** Where the values are: pieces of the model file (little-endian, or a varint each), or one piece of a file beside it. */
  data: { spans: Span[]; varints?: boolean } | { file: string; offset: number; length?: number }
}

export interface Attribute {
  float?: number
  integer?: number
  text?: string
  integers: number[]
  tensor?: Tensor
}

export interface Node {
  name: string
  /** Empty for ai.onnx. */
  domain: string
  op: string
  /** An omitted input is an empty string. */
  inputs: string[]
  outputs: string[]
  attributes: Record<string, Attribute>
}

export interface Graph {
  /** The file's name, for error messages. */
  file: string
  producer: string
  nodes: Node[]
  /** Initializers and the values of Constant nodes, by the name that nodes use for them. */
  tensors: Map<string, Tensor>
}

/** Throws one sentence when the file is truncated, damaged, or holds no graph. */
export async function scan(read: ReadBytes, size: number, file: string): Promise<Graph> {
  const proto = new ProtobufFile(read, size, file)
  const graph: Graph = { file, producer: '', nodes: [], tensors: new Map() }
  let opsets = 0
  for await (const field of proto.fields(0, size)) {
    if (field.number === 2 && field.wire === 2) graph.producer = await proto.text(field)
    if (field.number === 7 && field.wire === 2) await scanGraph(proto, field, graph)
    if (field.number === 8) opsets++
  }
  if (graph.nodes.length === 0) throw new Error(`${file} holds no graph; it is no ONNX model, or the beginning of one: download it again.`)
  if (opsets === 0) throw proto.damaged(size, 'the list of operator sets is missing')
  for (const node of graph.nodes) {
    const value = node.attributes.value?.tensor
    const output = node.outputs[0]
    if (node.op === 'Constant' && value && output) graph.tensors.set(output, { ...value, name: output })
  }
  return graph
}

async function scanGraph(proto: ProtobufFile, message: Field, graph: Graph): Promise<void> {
  for await (const field of inside(proto, message)) {
    if (field.number === 1) graph.nodes.push(await scanNode(proto, field))
    if (field.number === 5) {
      const tensor = await scanTensor(proto, field)
      graph.tensors.set(tensor.name, tensor)
    }
    if (field.number === 15) throw new Error(`${graph.file} holds sparse weights, which are not supported; export it with dense ones.`)
  }
}

async function scanNode(proto: ProtobufFile, message: Field): Promise<Node> {
  const node: Node = { name: '', domain: '', op: '', inputs: [], outputs: [], attributes: {} }
  for await (const field of inside(proto, message)) {
    if (field.number === 1) node.inputs.push(await proto.text(field))
    if (field.number === 2) node.outputs.push(await proto.text(field))
    if (field.number === 3) node.name = await proto.text(field)
    if (field.number === 4) node.op = await proto.text(field)
    if (field.number === 7) node.domain = await proto.text(field)
    if (field.number === 5) {
      const [name, attribute] = await scanAttribute(proto, field)
      node.attributes[name] = attribute
    }
  }
  if (node.domain === 'ai.onnx') node.domain = ''
  return node
}

async function scanAttribute(proto: ProtobufFile, message: Field): Promise<[string, Attribute]> {
  let name = ''
  const attribute: Attribute = { integers: [] }
  for await (const field of inside(proto, message)) {
    if (field.number === 1) name = await proto.text(field)
    if (field.number === 2) attribute.float = await proto.float32(field)
    if (field.number === 3) attribute.integer = field.value
    if (field.number === 4 && field.length <= 512) attribute.text = await proto.text(field)
    if (field.number === 5) attribute.tensor = await scanTensor(proto, field)
    if (field.number === 8) attribute.integers.push(...(await proto.integers(field)))
  }
  return [name, attribute]
}

async function scanTensor(proto: ProtobufFile, message: Field): Promise<Tensor> {
  const tensor: Tensor = { name: '', dims: [], dtype: '', data: { spans: [] } }
  const spans: Span[] = []
  const external: Record<string, string> = {}
  let isExternal = false
  let varints = false
  for await (const field of inside(proto, message)) {
    const { number, offset, length } = field
    if (number === 1) tensor.dims.push(...(await proto.integers(field)))
    if (number === 2) tensor.dtype = DATA_TYPES[field.value] ?? `type ${field.value}`
    if (number === 8) tensor.name = await proto.text(field)
    // raw_data; float_data packed or one by one; int32_data likewise, for every type of up to 32 bits
    if (number === 9 || number === 4 || number === 5) spans.push({ offset, length })
    if (number === 5) varints = true
    if (number === 13) Object.assign(external, await scanEntry(proto, field))
    if (number === 14) isExternal = field.value === 1
  }
  if (!isExternal) return { ...tensor, data: varints ? { spans, varints } : { spans } }
  const file = external.location
  if (!file) throw new Error(`${proto.name}: tensor ${tensor.name} is stored outside, but no file is named; export the model again.`)
  const data = { file, offset: Number(external.offset ?? 0), ...(external.length === undefined ? {} : { length: Number(external.length) }) }
  return { ...tensor, data }
}

async function scanEntry(proto: ProtobufFile, message: Field): Promise<Record<string, string>> {
  let key = ''
  let value = ''
  for await (const field of inside(proto, message)) {
    if (field.number === 1) key = await proto.text(field)
    if (field.number === 2) value = await proto.text(field)
  }
  return { [key]: value }
}

function inside(proto: ProtobufFile, message: Field): AsyncGenerator<Field> {
  if (message.wire !== 2) throw proto.damaged(message.offset, `field ${message.number} is no message`)
  return proto.fields(message.offset, message.offset + message.length)
}
