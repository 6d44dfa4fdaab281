/** A Qwen2 model from the files of a repository: its config, where each weight lies, and what the file says differently. */
import { readConfig, type ModelConfig } from './config'
import { dialectOf, findWeights, type Dialect, type Weights } from './dialect'
import type { Repository } from './repository'
import { genaiTables, optimumTables, type RopeTables } from './rope'
import { scan } from './scan'

export interface Model {
  config: ModelConfig
  weights: Weights
  dialect: Dialect
  /** Where given, they replace the plain tables of config.ropeTheta. */
  ropeTables?: RopeTables
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
  const weights = findWeights(place, graph, config, dialect)
  const warnings: string[] = []
  const tables = dialect === 'genai' ? genaiTables : optimumTables
  const ropeTables = await tables(place, graph, config, scaling, warnings)

  const tied = weights.head === undefined
  if (config.tied !== tied) {
    const head = tied ? 'the embedding' : 'a tensor of its own'
    warnings.push(`${file}: the head is ${head}, unlike tie_word_embeddings of config.json; the file is followed.`)
  }
  let { contextLength } = config
  if (ropeTables && ropeTables.rows < contextLength) {
    warnings.push(`${file}: the rotary table ends at ${ropeTables.rows} of ${contextLength} positions; sequences end there.`)
    contextLength = ropeTables.rows
  }
  return { config: { ...config, tied, contextLength }, weights, dialect, ...(ropeTables && { ropeTables }), warnings }
}
