/** The files of a model by the name that a command was given: a catalog id or a folder. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { catalog, findModel } from '../hub/catalog'
import { openDisk } from '../hub/disk'
import type { Repository } from '../hub/repository'
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

/** What the files say, before anything is uploaded: a bad file is bad input and not a failure later on. */
export function describeModel(id: string, file?: string): Promise<Model> {
  return asInput(() => readModel(openModel(id), file))
}
