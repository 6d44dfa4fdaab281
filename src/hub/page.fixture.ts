/** What a page uses of this folder, for a test to call from outside. */
import { browserHub, openHubModel } from './browser'
import { openFiles } from './files'
import { setHub, setToken } from './session'
import { deleteStored, storedModels } from './stored'
import { Transfer } from './transfer'

export const page = { browserHub, deleteStored, openFiles, openHubModel, setHub, setToken, storedModels, Transfer }

Object.assign(globalThis, { hub: page })
