/** Where models come from in Node: a catalog id, a folder, or a name on the Hub. For Node only. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { diskCache } from './cache-disk'
import { findModel } from './catalog'
import { openDisk } from './disk'
import { HUB, Hub } from './hub'
import { readHubId } from './listing'
import { openRemote } from './remote'
import type { OnProgress, Repository } from './repository'

/** HF_ENDPOINT and HF_TOKEN as other programs read them; files stay in ETUDE_CACHE, else ~/.cache/etude. */
export function nodeHub(): Hub {
  const hub = new Hub({ address: setting('HF_ENDPOINT') ?? HUB, cache: diskCache() })
  hub.token = setting('HF_TOKEN')
  return hub
}

/** An empty one counts as none. */
function setting(name: string): string | undefined {
  const value = process.env[name]?.trim()
  return value === '' ? undefined : value
}

/** `modelRoot` is where the catalog's paths lie. A folder that exists is a folder, whatever its name looks like. */
export function openNodeModel(model: string, modelRoot: string, onProgress?: OnProgress): Repository {
  const entry = findModel(model)
  if (entry) return openDisk(join(modelRoot, entry.path), model)
  const id = existsSync(model) ? undefined : readHubId(model)
  return id ? openRemote(nodeHub(), id, onProgress) : openDisk(model)
}
