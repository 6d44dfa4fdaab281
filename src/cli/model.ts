/** The files of a model by the name that a command was given: a catalog id, a folder, or, where a command takes it, a name on the Hub. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { catalog, findModel } from '../hub/catalog'
import { openDisk } from '../hub/disk'
import { readHubId } from '../hub/listing'
import { openNodeModel } from '../hub/node'
import type { OnProgress, Repository } from '../hub/repository'
import { LineLost } from '../hub/request'
import { readModel, type Model } from '../onnx/model'
import { asInput, BadInput } from './arguments'

/** What the page serves; catalog paths are below it. */
export const PUBLIC = join(import.meta.dirname, '../../public')

export function openModel(id: string): Repository {
  const entry = findModel(id)
  if (entry) return openDisk(join(PUBLIC, entry.path), id)
  if (existsSync(join(id, 'config.json'))) return openDisk(id)
  const known = catalog.map((model) => model.id).join(', ')
  throw new BadInput(`there is no model ${id}; choose ${known}, or a folder with config.json and onnx/model.onnx.`)
}

/** The same, and owner/name on the Hub: its small files now; others are read over the line. */
export function openAnyModel(id: string, onProgress?: OnProgress): Repository {
  const isHere = findModel(id) !== undefined || existsSync(id) || readHubId(id) === undefined
  return isHere ? openModel(id) : openNodeModel(id, PUBLIC, onProgress)
}

/** Before anything large is downloaded. A lost line is no fault of the model's name. */
export async function describeAny(id: string, file?: string): Promise<Model> {
  const repository = openAnyModel(id)
  try {
    return await readModel(repository, file)
  } catch (error) {
    if (error instanceof LineLost || error instanceof BadInput) throw error
    throw new BadInput((error as Error).message, { cause: error })
  }
}

/** What the files say, before anything is uploaded: a bad file is bad input and not a failure later on. */
export function describeModel(id: string, file?: string): Promise<Model> {
  return asInput(() => readModel(openModel(id), file))
}
