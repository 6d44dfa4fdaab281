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

/** The Hub's address and token: ETUDE_HUB, else HF_ENDPOINT as other programs read it; HF_TOKEN. */
export function hubSettings(): { address: string; token: string | undefined } {
  return { address: setting('ETUDE_HUB') ?? setting('HF_ENDPOINT') ?? HUB, token: setting('HF_TOKEN') }
}

/** Files stay in ETUDE_CACHE, else ~/.cache/etude. */
export function nodeHub(): Hub {
  const { address, token } = hubSettings()
  const hub = new Hub({ address, cache: diskCache() })
  hub.token = token
  return hub
}

/** An empty one counts as none. */
function setting(name: string): string | undefined {
  const value = process.env[name]?.trim()
  return value === '' ? undefined : value
}

/** Where a model of that name would come from. A folder that exists is a folder, whatever its name looks like. */
export function placeOf(model: string): 'catalog' | 'folder' | 'hub' | 'nowhere' {
  if (findModel(model)) return 'catalog'
  if (existsSync(model)) return 'folder'
  return readHubId(model) ? 'hub' : 'nowhere'
}

/** `modelRoot` is where the catalog's paths lie. */
export function openNodeModel(model: string, modelRoot: string, onProgress?: OnProgress): Repository {
  if (placeOf(model) === 'hub') return openRemote(nodeHub(), readHubId(model)!, onProgress)
  const entry = findModel(model)
  return entry ? openDisk(join(modelRoot, entry.path), model) : openDisk(model)
}
