/** What the cache holds, model by model, and its deletion. */
import type { Cache } from './cache'
import { keyOf } from './download'
import { readHubId, readListing, type Listing } from './listing'

export interface StoredModel {
  /** owner/name[@revision]; undefined for files that no listing names any more: older versions, and what was broken off. */
  id: string | undefined
  /** Of what is there. */
  bytes: number
  files: StoredFile[]
}

export interface StoredFile {
  /** Its path in the model, or its key where no model names it. */
  path: string
  /** Of what is there. */
  bytes: number
  whole: boolean
}

/** Models with at least one file here, the largest first. A file that two models share counts in both. */
export async function storedModels(cache: Cache): Promise<StoredModel[]> {
  const files = new Map((await cache.list()).map((file) => [file.key, file]))
  const claimed = new Set<string>()
  const models: StoredModel[] = []
  for (const listing of await listings(cache)) {
    const here = listing.files.flatMap((file): StoredFile[] => {
      const found = files.get(keyOf(listing, file))
      if (!found) return []
      claimed.add(found.key)
      return [{ path: file.path, bytes: found.bytes, whole: found.whole }]
    })
    if (here.length > 0) models.push({ id: listing.id, bytes: sum(here), files: here })
  }
  const rest = [...files.values()].filter(({ key }) => !claimed.has(key)).map(({ key, ...file }) => ({ path: key, ...file }))
  models.sort((a, b) => b.bytes - a.bytes)
  return rest.length > 0 ? [...models, { id: undefined, bytes: sum(rest), files: rest }] : models
}

/** Deletes a model, but for files that another one has too; undefined deletes what no model names. Returns the bytes set free. */
export async function deleteStored(cache: Cache, id: string | undefined): Promise<number> {
  const all = await listings(cache)
  const keysOf = (some: Listing[]) => new Set(some.flatMap((listing) => listing.files.map((file) => keyOf(listing, file))))
  const others = keysOf(all.filter((listing) => listing.id !== id))
  const own = keysOf(all.filter((listing) => listing.id === id))
  let freed = 0
  for (const { key, bytes } of await cache.list()) {
    if (others.has(key) || (id !== undefined && !own.has(key))) continue
    await cache.lock(key, () => cache.remove(key))
    freed += bytes
  }
  if (id !== undefined) await cache.setNote(id, undefined)
  return freed
}

async function listings(cache: Cache): Promise<Listing[]> {
  const read = await Promise.all(
    (await cache.notes()).map(async (name) => {
      const id = readHubId(name)
      const text = await cache.note(name)
      return id && text !== undefined ? readListing(JSON.parse(text), id, 'the cache') : undefined
    }),
  )
  return read.filter((listing) => listing !== undefined)
}

function sum(files: StoredFile[]): number {
  return files.reduce((bytes, file) => bytes + file.bytes, 0)
}
