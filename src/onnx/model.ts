/** A model from the files of a repository: its config, where each weight lies, and what the file says differently. */
import { readConfig, type ModelConfig } from './config'
import { dialectOf, findWeights, type Dialect, type Weights } from './dialect'
import { activationsOf, type Activations } from './operators'
import type { Repository } from './repository'
import { readRope, type Rope } from './rope'
import { scan } from './scan'
import type { StoredMatrix } from './weight'

export interface Model {
  config: ModelConfig
  weights: Weights
  dialect: Dialect
  /** The formats of the linears' weights and of the head, each once: `q4, blocks of 32`, `f16`, `nf4, blocks of 64`, … */
  dtype: string
  /** What the file asks ONNX Runtime to compute in; we compute in float32. */
  activations: Activations
  rope: Rope
  /** Sentences for people; nothing here stops a run. */
  warnings: string[]
}

/** Reads names and shapes only; weights are read one by one through their `read`. Rejects with one sentence. */
export async function readModel(repository: Repository, file = 'onnx/model.onnx'): Promise<Model> {
  const { config, scaling } = await readConfig(repository)
  if (!(await repository.exists(file))) throw new Error(`${repository.id} has no file ${file}; name one of its .onnx files.`)
  const graph = await scan((offset, length) => repository.read(file, offset, length), await repository.size(file), file)
  const dialect = dialectOf(graph)
  const place = { repository, file }
  const weights = await findWeights(place, graph, config, dialect)
  const warnings: string[] = []
  const rope = await readRope(place, graph, dialect, config, scaling, warnings)
  const activations = activationsOf(graph)
  if (activations === 'int8') {
    warnings.push(`${file}: it asks for activations rounded to 8 bits; they are computed in float32, so ONNX Runtime's numbers differ.`)
  }

  const tied = weights.head === undefined
  if (config.tied !== tied) {
    const head = tied ? 'the embedding' : 'a tensor of its own'
    warnings.push(`${file}: the head is ${head}, unlike tie_word_embeddings of config.json; the file is followed.`)
  }
  const contextLength = Math.min(config.contextLength, rope.rows)
  if (contextLength < config.contextLength) {
    warnings.push(`${file}: the rotary table ends at ${contextLength} of ${config.contextLength} positions; sequences end there.`)
  }
  const linears = weights.layers.flatMap(({ q, k, v, o, gate, up, down }) => [q, k, v, o, gate, up, down])
  const matrices = [...linears, weights.head ?? weights.embedding]
  const dtype = [...new Set(matrices.map(({ stored }) => describeFormat(stored)))].join(' and ')
  return { config: { ...config, tied, contextLength }, weights, dialect, dtype, activations, rope, warnings }
}

function describeFormat({ format, columns, fileBits }: StoredMatrix): string {
  if (format.kind !== 'blocks') return format.kind
  const name = format.codes === 'linear' ? `${format.block === columns ? 'int' : 'q'}${fileBits ?? format.bits}` : format.codes
  return format.block === columns ? name : `${name}, blocks of ${format.block}`
}
