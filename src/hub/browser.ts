/** Where models come from in a browser, in the page and in its worker alike: below the page, dropped on it, or from the Hub. */
import { browserCache } from './cache-browser'
import { findModel, modelAddress } from './catalog'
import { openFiles } from './files'
import { Hub } from './hub'
import { readHubId } from './listing'
import type { FileProgress } from './meter'
import { openRemote, type RemoteRepository } from './remote'
import type { OnProgress, Repository } from './repository'
import { onSession, type Session } from './session'
import { openUrl } from './url'

let hub: Promise<Hub> | undefined
let session: Session
onSession((next) => {
  if (session?.hub !== next.hub) hub = undefined
  session = next
})

/** The Hub with this browser's cache and this visit's token. */
export function browserHub(): Promise<Hub> {
  const { hub: address } = session
  hub ??= browserCache().then((cache) => {
    const made = new Hub({ address, ...(cache && { cache }) })
    onSession(({ hub: now, token }) => {
      made.token = now === address ? token : undefined
    })
    return made
  })
  return hub
}

/** `owner/name[@revision]`; throws where the text is no such name. */
export async function openHubModel(text: string, onProgress?: (progress: FileProgress) => void): Promise<RemoteRepository> {
  const id = readHubId(text)
  if (!id) throw new Error(`${JSON.stringify(text)} is no name of a model on the Hub; write owner/name, or owner/name@revision.`)
  return openRemote(await browserHub(), id, onProgress)
}

/** Any model of a browser by its name: a catalog id, `folder:NAME`, or a name on the Hub. `page` is the page's address. */
export async function openBrowserModel(model: string, page: string, onProgress?: OnProgress): Promise<Repository> {
  const files = session.folders[model]
  if (files) return openFiles(files, model.replace(/^folder:/, ''))
  if (model.startsWith('folder:')) throw new Error(`${model.slice(7)} was dropped on an earlier visit; drop the folder on the page again.`)
  if (!findModel(model) && readHubId(model)) return openHubModel(model, onProgress)
  return openUrl(modelAddress(model, page), model, onProgress)
}
