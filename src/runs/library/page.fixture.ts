/** What a page uses of this folder, for a test to call from outside. */
import { checkLibrary, checkpointOf, reportOf } from './contract.fixture'
import { newEntry } from './entry'
import { openLibrary } from './open'
import { parseSpec } from '../spec'

export const page = { checkLibrary, checkpointOf, newEntry, openLibrary, parseSpec, reportOf }

Object.assign(globalThis, { library: page })
