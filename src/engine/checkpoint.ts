/** The learning state of an engine as bytes, exact to the bit: u32 length of a JSON header, the header, then f32 tensors one after another. */

export interface EngineState {
  steps: number
  tensors: Map<string, Float32Array>
}

const FORMAT = 'etude-engine-1'

export function packState({ steps, tensors }: EngineState): Uint8Array {
  const header = new TextEncoder().encode(
    JSON.stringify({ format: FORMAT, steps, tensors: [...tensors].map(([name, t]) => [name, t.length]) }),
  )
  const start = 4 * Math.ceil((4 + header.length) / 4)
  const size = [...tensors.values()].reduce((sum, t) => sum + 4 * t.length, 0)
  const bytes = new Uint8Array(start + size)
  new DataView(bytes.buffer).setUint32(0, header.length, true)
  bytes.set(header, 4)
  let at = start
  for (const values of tensors.values()) {
    new Float32Array(bytes.buffer, at, values.length).set(values)
    at += 4 * values.length
  }
  return bytes
}

/** Throws one sentence when the bytes are not the state of an adapter of `size` numbers. */
export function unpackState(bytes: Uint8Array, size: number): EngineState {
  const broken = new Error('These bytes are not a checkpoint of this engine: start the run again, or take an earlier checkpoint')
  if (bytes.length < 4) throw broken
  const aligned = bytes.slice() // f32 views need an offset that 4 divides
  const length = new DataView(aligned.buffer).getUint32(0, true)
  let header: { format?: string; steps: number; tensors: [string, number][] }
  try {
    header = JSON.parse(new TextDecoder().decode(aligned.subarray(4, 4 + length))) as typeof header
  } catch {
    throw broken
  }
  if (header.format !== FORMAT) throw broken
  const tensors = new Map<string, Float32Array>()
  let at = 4 * Math.ceil((4 + length) / 4)
  for (const [name, count] of header.tensors) {
    if (count !== size) throw new Error(`The checkpoint's adapter has ${count} numbers and this one ${size}: rank, targets, value head or model differ`)
    if (at + 4 * count > aligned.length) throw broken
    tensors.set(name, new Float32Array(aligned.buffer, at, count))
    at += 4 * count
  }
  if (!['parameters', 'm', 'v'].every((part) => tensors.has(part))) throw broken
  return { steps: header.steps, tensors }
}
