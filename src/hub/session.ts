/**
 * What this visit knows and nothing keeps: the Hub's address, its token, the folders that were dropped. The page holds it; its
 * worker gets a copy (structured clone) at every change.
 */
import type { PathFile } from './files'
import { HUB } from './hub'

export interface Session {
  hub: string
  token?: string
  /** Files by the model's name, `folder:NAME`. */
  folders: Readonly<Record<string, PathFile[]>>
}

let session: Session = { hub: HUB, folders: {} }
const listeners = new Set<(session: Session) => void>()

/** Tells at once, and at every change until the returned function is called. */
export function onSession(listener: (session: Session) => void): () => void {
  listeners.add(listener)
  listener(session)
  return () => listeners.delete(listener)
}

export function setSession(next: Session): void {
  session = next
  for (const listener of listeners) listener(session)
}

/** For gated and private models, until the page is left; an empty one forgets it. */
export function setToken(token: string): void {
  const { hub, folders } = session
  const trimmed = token.trim()
  setSession({ hub, folders, ...(trimmed && { token: trimmed }) })
}

/** A mirror, or a Hub of one's own. A token is for one Hub: it is forgotten. */
export function setHub(address: string): void {
  setSession({ hub: address, folders: session.folders })
}

/** Returns the model's name, to be used as any other model's: `model`, or one after the folder. */
export function addFolder(files: PathFile[], model?: string): string {
  const above = [...new Set(files.map(({ path }) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '')))]
  const name = model ?? `folder:${above.length === 1 && above[0] ? above[0] : 'dropped files'}`
  setSession({ ...session, folders: { ...session.folders, [name]: files } })
  return name
}
