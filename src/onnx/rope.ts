/**
 * The rotary embedding of a file. ONNX Runtime follows the file, not config.json, and exporters do not always write what the
 * config asks for: so what a file brings (tables, or frequencies in the graph) is compared with the config's formula. Where they
 * agree, ours is used, in f64; where not, the file's, with a warning.
 */
import { elementsOf, readFloats } from './bytes'
import type { ModelConfig } from './config'
import type { Dialect } from './dialect'
import { frequencies, type Frequencies, type RopeScaling } from './scaling'
import type { Graph, Tensor } from './scan'
import type { Place } from './weight'

export interface Rope {
  /** Positions that there are angles for. */
  rows: number
  /** Absent where the file's own tables are followed. */
  frequencies?: Frequencies
  /** cos and sin of positions 0 … count − 1, in f64, [count, D / 2] each. */
  tables(count: number): Promise<{ cos: Float64Array; sin: Float64Array }>
}

/** Largest difference of a table that still counts as rounding: f32 angles at positions up to 131,072 are good to about 4e-3. */
const ROUNDING = 1e-2
/** Tables of more than this many numbers are not made: sequences end there. */
const MOST = 2 ** 24

export async function readRope(
  place: Place, graph: Graph, dialect: Dialect, config: ModelConfig, scaling: RopeScaling | undefined, warnings: string[],
): Promise<Rope> {
  const half = config.headDim / 2
  const wanted = frequencies(config, scaling)
  const most = Math.min(config.contextLength, Math.floor(MOST / half))
  const ours = fromFrequencies(wanted, most)
  const warn = (what: string, ignored: boolean) => {
    const asked = scaling ? `the ${scaling.kind} scaling` : `rope_theta ${config.ropeTheta}`
    const verb = scaling && ignored ? 'ignores' : 'differs from'
    warnings.push(`${graph.file}: ${what} ${verb} ${asked} of config.json; the file is followed.`)
  }
  const plain = frequencies(config)

  const stored = dialect === 'genai' ? cachedTables(graph) : inlinedTables(graph, half)
  if (stored) {
    const tables = new StoredTables(place, graph, stored, half)
    const rope: Rope = { rows: Math.min(most, tables.rows), tables: (count) => tables.read(count) }
    if (await tables.match(wanted)) return { ...ours, rows: rope.rows }
    warn('the rotary table', await tables.match(plain))
    return rope
  }
  if (dialect === 'genai') return ours
  const inGraph = await graphFrequencies(place, graph, half)
  if (!inGraph || agree(inGraph, wanted)) return ours
  warn('the rotary embedding of the graph', agree(inGraph, plain))
  return fromFrequencies(inGraph, most)
}

function fromFrequencies(found: Frequencies, rows: number): Rope {
  return { rows, frequencies: found, tables: (count) => Promise.resolve(tablesOf(found, count)) }
}

function tablesOf({ angles, amplitude }: Frequencies, count: number): { cos: Float64Array; sin: Float64Array } {
  const half = angles.length
  const table = (f: (x: number) => number) =>
    Float64Array.from({ length: count * half }, (_, at) => amplitude * f(Math.floor(at / half) * angles[at % half]!))
  return { cos: table(Math.cos), sin: table(Math.sin) }
}

interface Pair {
  cos: Tensor
  sin: Tensor
}

/** GenAI: the initializers cos_cache and sin_cache, [rows, D / 2]. */
function cachedTables(graph: Graph): Pair | undefined {
  const [cos, sin] = [graph.tensors.get('cos_cache'), graph.tensors.get('sin_cache')]
  return cos && sin && { cos, sin }
}

/** Older exports of optimum: constants of the first layer, [rows, D], both halves alike. */
function inlinedTables(graph: Graph, half: number): Pair | undefined {
  const [cos, sin] = graph.nodes
    .filter((node) => node.op === 'Constant' && node.name.startsWith('/model/layers.0/self_attn/rotary_emb/'))
    .map((node) => graph.tensors.get(node.outputs[0] ?? ''))
    .filter((tensor): tensor is Tensor => tensor?.dims.length === 2 && tensor.dims[1] === 2 * half)
  return cos && sin && { cos, sin }
}

/** Tables that lie in the file, of rows of D / 2, or of D of which the first half counts. */
class StoredTables {
  readonly rows: number
  private readonly width: number

  constructor(
    private readonly place: Place,
    graph: Graph,
    private readonly pair: Pair,
    private readonly half: number,
  ) {
    const [rows = 0, width = 0] = pair.cos.dims
    for (const { name, dtype, dims } of [pair.cos, pair.sin]) {
      if (dims.length === 2 && rows >= 1 && (width === half || width === 2 * half) && dims.join() === pair.cos.dims.join()) continue
      throw new Error(
        `${graph.file}: ${name} is ${dtype} [${dims.join(', ').slice(0, 60)}], but config.json makes it [positions, ${half}]; ` +
          'take config.json and model from the same export.',
      )
    }
    this.rows = rows
    this.width = width
  }

  async read(count: number, first = 0): Promise<{ cos: Float64Array; sin: Float64Array }> {
    const { half, width } = this
    const halves = async (tensor: Tensor) => {
      const values = await readFloats(this.place, tensor, first * width, count * width)
      return Float64Array.from({ length: count * half }, (_, at) => values[Math.floor(at / half) * width + (at % half)]!)
    }
    return { cos: await halves(this.pair.cos), sin: await halves(this.pair.sin) }
  }

  /** At positions that tell every frequency apart: the first hundred, then powers of two. */
  async match(wanted: Frequencies): Promise<boolean> {
    const near = Math.min(100, this.rows)
    if (!isNear(await this.read(near), wanted, 0)) return false
    for (let position = 128; position < this.rows; position *= 2) {
      if (!isNear(await this.read(1, position), wanted, position)) return false
    }
    return true
  }
}

function isNear({ cos, sin }: { cos: Float64Array; sin: Float64Array }, { angles, amplitude }: Frequencies, first: number): boolean {
  const half = angles.length
  return cos.every((value, at) => {
    const angle = (first + Math.floor(at / half)) * angles[at % half]!
    return Math.abs(value - amplitude * Math.cos(angle)) <= ROUNDING && Math.abs(sin[at]! - amplitude * Math.sin(angle)) <= ROUNDING
  })
}

/** Optimum: frequencies and amplitude stand in the graph. */
async function graphFrequencies(place: Place, graph: Graph, half: number): Promise<Frequencies | undefined> {
  const constant = (name: string): Tensor | undefined => {
    const inputs = graph.nodes.find((node) => node.name === name)?.inputs ?? []
    return inputs.map((input) => graph.tensors.get(input)).find((tensor) => tensor !== undefined)
  }
  const read = async (tensor: Tensor | undefined, count: number) =>
    tensor && tensor.dtype.startsWith('float') && elementsOf(tensor) === count ? readFloats(place, tensor, 0, count) : undefined
  const angles = await read(constant('/model/rotary_emb/Expand'), half)
  if (!angles) return undefined
  const cos = (await read(constant('/model/rotary_emb/Mul_1'), 1))?.[0] ?? 1
  const sin = (await read(constant('/model/rotary_emb/Mul_2'), 1))?.[0] ?? 1
  if (cos !== sin) throw new Error(`${graph.file} stretches cos by ${cos} and sin by ${sin}, which must be alike; export the model again.`)
  return { angles: Float64Array.from(angles), amplitude: cos }
}

/** Up to the rounding of float32, or of float16, which also keeps nothing below 1e-7. */
function agree(a: Frequencies, b: Frequencies): boolean {
  const close = (limit: number, least: number) =>
    a.angles.every((f, i) => Math.abs(f - b.angles[i]!) <= limit * b.angles[i]! + least) && Math.abs(a.amplitude / b.amplitude - 1) <= limit
  const halves = a.angles.every((f) => fitsHalf(f))
  return halves ? close(1e-3, 2e-7) : close(1e-5, 0)
}

/** Whether a float16 could hold it: at most 10 bits behind the first, none below 2^-24. */
function fitsHalf(x: number): boolean {
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(x))) - 10)
  return Number.isInteger(x / step)
}
