/**
 * Writes an ONNX file that differs from another in some of its nodes and their weights. What is left of the graph is copied byte by
 * byte; nodes and tensors that nothing needs any more are left out, and weights that lay beside the file come into it.
 */
import { elementsOf } from './bytes'
import { ProtobufFile, type Field } from './protobuf'
import { DATA_TYPES, type Graph, type Tensor } from './scan'
import { besideFile, type Place } from './weight'

export interface NewNode {
  name: string
  op: string
  domain?: string
  inputs: string[]
  output: string
  attributes?: Record<string, number>
}

export interface NewTensor {
  name: string
  dims: number[]
  type: 'float32' | 'float16' | 'uint8'
  data: Uint8Array
}

/** What stands in place of the node that makes a value, by the value's name. */
export type Changes = Map<string, { nodes: NewNode[]; tensors: NewTensor[] }>

/** Protobuf holds no more in one message. */
const LARGEST = 2 ** 31 - 1
const utf8 = new TextEncoder()

/** The bytes of the new file. Rejects with one sentence where they would be too many. */
export async function writeChanged(place: Place, graph: Graph, changes: Changes): Promise<Uint8Array<ArrayBuffer>> {
  const { repository, file } = place
  const proto = new ProtobufFile((offset, length) => repository.read(file, offset, length), await repository.size(file), file)
  const top: Uint8Array[] = []
  let body: Uint8Array[] = []
  const domains = new Set<string>()
  for await (const field of proto.fields(0, proto.size)) {
    if (field.number === 8) domains.add(await nameIn(proto, field, 1))
    if (field.number === 7) body = await writeGraph(proto, field, place, graph, changes)
    else top.push(...(await copied(proto, field)))
  }
  if (!domains.has('com.microsoft')) top.push(...message(8, [...message(1, [utf8.encode('com.microsoft')]), ...integer(2, 1)]))
  const whole = [...top, ...message(7, body)]
  const bytes = whole.reduce((sum, part) => sum + part.length, 0)
  if (bytes > LARGEST)
    throw new Error(`${file} would take ${bytes} bytes with these weights, more than the ${LARGEST} of one ONNX file; choose f16 or q4.`)
  return joined(whole)
}

async function writeGraph(proto: ProtobufFile, message: Field, place: Place, graph: Graph, changes: Changes): Promise<Uint8Array[]> {
  const fields: Field[] = []
  for await (const field of proto.fields(message.offset, message.offset + message.length)) fields.push(field)
  const outputs = await Promise.all(fields.filter(({ number }) => number === 12).map((field) => nameIn(proto, field, 1)))
  const needed = neededFor(graph, outputs, changes)
  const parts: Uint8Array[] = []
  let index = 0
  for (const field of fields) {
    if (field.number === 1) {
      const node = graph.nodes[index++]!
      const change = node.outputs.map((output) => changes.get(output)).find(Boolean)
      if (change) parts.push(...change.nodes.flatMap(encodeNode))
      else if (node.outputs.some((output) => needed.has(output))) parts.push(...(await copied(proto, field)))
    } else if (field.number === 5) {
      const tensor = graph.tensors.get(await nameIn(proto, field, 8))!
      if (!needed.has(tensor.name)) continue
      if ('spans' in tensor.data) parts.push(...(await copied(proto, field)))
      else parts.push(...encodeTensor({ ...tensor, data: await outside(place, tensor) }, typeOf(tensor.dtype)))
    } else if (field.number !== 13) parts.push(...(await copied(proto, field))) // 13: types of values, of which some are gone
  }
  for (const { tensors } of changes.values())
    for (const tensor of tensors) parts.push(...encodeTensor(tensor, typeOf(tensor.type)))
  return parts
}

/** Names of all values and tensors that the outputs come from. */
function neededFor(graph: Graph, outputs: string[], changes: Changes): Set<string> {
  const inputsOf = new Map<string, string[]>()
  for (const node of graph.nodes) for (const output of node.outputs) inputsOf.set(output, node.inputs)
  for (const [output, { nodes }] of changes) inputsOf.set(output, nodes.flatMap(({ inputs }) => inputs))
  const needed = new Set<string>()
  const waiting = [...outputs]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name)) continue
    needed.add(name)
    waiting.push(...(inputsOf.get(name) ?? []))
  }
  return needed
}

async function outside({ repository, file }: Place, tensor: Tensor): Promise<Uint8Array> {
  if ('spans' in tensor.data) throw new Error(`${file}: ${tensor.name} lies in the file itself.`)
  const { offset, file: name } = tensor.data
  const length = tensor.data.length ?? Math.ceil((elementsOf(tensor) * (BITS[tensor.dtype] ?? 32)) / 8)
  return repository.read(besideFile(file, name), offset, length)
}

const BITS: Readonly<Record<string, number>> = { float16: 16, bfloat16: 16, uint8: 8, int8: 8, uint4: 4, int4: 4, int64: 64, float64: 64, bool: 8 }

const typeOf = (dtype: string): number => Number(Object.keys(DATA_TYPES).find((key) => DATA_TYPES[Number(key)] === dtype) ?? dtype.replace('type ', ''))

function encodeNode({ name, op, domain, inputs, output, attributes = {} }: NewNode): Uint8Array[] {
  const text = (field: number, value: string) => message(field, [utf8.encode(value)])
  const attribute = ([key, value]: [string, number]) => message(5, [...text(1, key), ...integer(3, value), ...integer(20, 2)])
  return message(1, [
    ...inputs.flatMap((input) => text(1, input)), ...text(2, output), ...text(3, name), ...text(4, op),
    ...Object.entries(attributes).flatMap(attribute), ...(domain === undefined ? [] : text(7, domain)),
  ])
}

function encodeTensor({ name, dims, data }: Pick<NewTensor, 'name' | 'dims' | 'data'>, type: number): Uint8Array[] {
  return message(5, [...dims.flatMap((n) => integer(1, n)), ...integer(2, type), ...message(8, [utf8.encode(name)]), ...message(9, [data])])
}

/** A field as it stands. */
async function copied(proto: ProtobufFile, { number, wire, offset, length }: Field): Promise<Uint8Array[]> {
  const content = Uint8Array.from(await proto.bytes(offset, length))
  return wire === 2 ? message(number, [content]) : [varint(number * 8 + wire), content]
}

async function nameIn(proto: ProtobufFile, { offset, length }: Field, number: number): Promise<string> {
  for await (const field of proto.fields(offset, offset + length)) if (field.number === number && field.wire === 2) return proto.text(field)
  return ''
}

function message(field: number, parts: Uint8Array[]): Uint8Array[] {
  return [varint(field * 8 + 2), varint(parts.reduce((sum, part) => sum + part.length, 0)), ...parts]
}

function integer(field: number, value: number): Uint8Array[] {
  return [varint(field * 8), varint(value)]
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Uint8Array.of(...bytes, rest)
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0)
  return bytes
}
