/**
 * Rotary tables that a file brings with it. ONNX Runtime follows the file, not config.json, and exporters do not always
 * write what the config asks for; so do we, with a warning where they differ.
 * Plain frequencies: f_i = theta^(−2i / D), angle = position · f_i (arXiv 2104.09864).
 */
import type { ModelConfig, RopeScaling } from './config'
import type { Graph, Tensor } from './scan'
import { readFinite, type Place } from './weight'

/** cos and sin, [rows, D / 2], row = position. */
export interface RopeTables {
  cos: Float32Array
  sin: Float32Array
  rows: number
}

/** Largest difference of a table that still counts as rounding: f32 angles at positions up to 131,072 are good to about 4e-3. */
const ROUNDING = 1e-2

/** GenAI: the initializers cos_cache and sin_cache, always followed. */
export async function genaiTables(
  place: Place, graph: Graph, config: ModelConfig, scaling: RopeScaling | undefined, warnings: string[],
): Promise<RopeTables | undefined> {
  const cosTensor = graph.tensors.get('cos_cache')
  const sinTensor = graph.tensors.get('sin_cache')
  if (!cosTensor || !sinTensor) {
    if (scaling) throw unknownScaling(graph, scaling)
    return undefined
  }
  const half = config.headDim / 2
  for (const tensor of [cosTensor, sinTensor]) {
    if (tensor.dims.length !== 2 || tensor.dims[1] !== half || tensor.dims[0] !== cosTensor.dims[0] || tensor.dtype !== 'float32') {
      throw new Error(
        `${graph.file}: ${tensor.name} is ${tensor.dtype} [${tensor.dims.join(', ')}], ` +
          `but config.json makes it float32 [positions, ${half}]; ` +
          'take config.json and model from the same export.',
      )
    }
  }
  const rows = cosTensor.dims[0]!
  const tables = { cos: await readFinite(place, cosTensor), sin: await readFinite(place, sinTensor), rows }
  const plain = matchesPlain(tables, config)
  if (!scaling !== plain) {
    const what = scaling ? `ignores the ${scaling.kind} scaling` : `differs from rope_theta ${config.ropeTheta}`
    warnings.push(`${graph.file}: the rotary table ${what} of config.json; the file's table is used.`)
  }
  return tables
}

/** Optimum: frequencies and amplitude stand in the graph; tables are made where they are not the config's plain ones. */
export async function optimumTables(
  place: Place, graph: Graph, config: ModelConfig, scaling: RopeScaling | undefined, warnings: string[],
): Promise<RopeTables | undefined> {
  const constant = (node: string): Tensor | undefined => {
    const inputs = graph.nodes.find((n) => n.name === node)?.inputs ?? []
    return inputs.map((name) => graph.tensors.get(name)).find((tensor) => tensor !== undefined)
  }
  const half = config.headDim / 2
  const tensor = constant('/model/rotary_emb/Expand')
  if (tensor?.dtype !== 'float32' || tensor.dims.reduce((a, b) => a * b, 1) !== half) {
    if (scaling) throw unknownScaling(graph, scaling)
    return undefined
  }
  const frequencies = await readFinite(place, tensor)
  const amplitude = async (node: string): Promise<number> => {
    const factor = constant(node)
    return factor?.dtype === 'float32' ? ((await readFinite(place, factor))[0] ?? 1) : 1
  }
  const cosFactor = await amplitude('/model/rotary_emb/Mul_1')
  const sinFactor = await amplitude('/model/rotary_emb/Mul_2')
  const plain = frequencies.every((f, i) => Math.abs(f / frequency(config, i) - 1) < 1e-5) && cosFactor === 1 && sinFactor === 1
  if (plain && scaling) warnings.push(`${graph.file}: the graph ignores the ${scaling.kind} scaling of config.json; the file is followed.`)
  if (plain) return undefined
  if (!scaling) warnings.push(`${graph.file}: its frequencies differ from rope_theta ${config.ropeTheta} of config.json and are used.`)
  const rows = config.contextLength
  const cos = Float32Array.from({ length: rows * half }, (_, at) => cosFactor * Math.cos(Math.floor(at / half) * frequencies[at % half]!))
  const sin = Float32Array.from({ length: rows * half }, (_, at) => sinFactor * Math.sin(Math.floor(at / half) * frequencies[at % half]!))
  return { cos, sin, rows }
}

function frequency(config: ModelConfig, i: number): number {
  return config.ropeTheta ** ((-2 * i) / config.headDim)
}

/** Positions that tell every frequency apart: the first hundred, then powers of two. */
function matchesPlain({ cos, sin, rows }: RopeTables, config: ModelConfig): boolean {
  const half = config.headDim / 2
  for (let position = 0; position < rows; position = position < 100 ? position + 1 : position * 2) {
    for (let i = 0; i < half; i++) {
      const angle = position * frequency(config, i)
      const at = position * half + i
      if (Math.abs(cos[at]! - Math.cos(angle)) > ROUNDING || Math.abs(sin[at]! - Math.sin(angle)) > ROUNDING) return false
    }
  }
  return true
}

function unknownScaling(graph: Graph, { kind }: RopeScaling): Error {
  return new Error(
    `${graph.file}: config.json asks for ${kind} rope scaling, and the file brings no rotary table; ` +
      'use an export with cos_cache and sin_cache, or a model without rope scaling.',
  )
}
