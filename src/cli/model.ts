/** The files of a model by the name that a command was given: a catalog id, a folder, or owner/name on the Hub. */
import { join } from 'node:path'
import { catalog } from '../hub/catalog'
import { chooseFile } from '../hub/listing'
import { openNodeModel, placeOf } from '../hub/node'
import type { OnProgress, Repository } from '../hub/repository'
import { LineLost, RateLimited } from '../hub/request'
import { templateNotice } from '../hub/template'
import { readModel, type Model } from '../onnx/model'
import { BadInput } from './arguments'

/** What the page serves; catalog paths are below it. */
export const PUBLIC = join(import.meta.dirname, '../../public')

/** Of a model of the Hub only the small files are downloaded; others are read over the line. */
export function openModel(id: string, onProgress?: OnProgress): Repository {
  if (placeOf(id) !== 'nowhere') return openNodeModel(id, PUBLIC, onProgress)
  const known = catalog.map((model) => model.id).join(', ')
  throw new BadInput(`there is no model ${id}; choose ${known}, a folder with config.json and an ONNX file, or owner/name of the Hub.`)
}

export interface Described {
  repository: Repository
  /** The ONNX file that is meant. */
  file: string
  source: Model
  /** What is peculiar about it, in sentences. */
  notices: string[]
}

/** What the files say before anything large is downloaded: a bad name or file is bad input; a line that is lost is not. */
export function describeModel(id: string, named?: string, onProgress?: OnProgress): Promise<Described> {
  return asOurs(async () => {
    const repository = openModel(id, onProgress)
    const file = await chooseFile(repository, named)
    const source = await readModel(repository, file)
    const plain = await templateNotice(repository)
    return { repository, file, source, notices: [...source.warnings, ...(plain === undefined ? [] : [plain])] }
  })
}

/** What a model's files or the Hub refuse is the caller's fault. */
export async function asOurs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BadInput || (error instanceof LineLost && !(error instanceof RateLimited))) throw error
    throw new BadInput((error as Error).message, { cause: error })
  }
}
