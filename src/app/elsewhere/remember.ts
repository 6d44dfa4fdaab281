/**
 * The servers that this browser has computed on. Addresses are remembered; tokens only until the tab is closed, for whoever has one
 * can use the GPU. Where storage is refused nothing is remembered, and all else works.
 */
import type { Server } from './places'

const ADDRESSES = 'etude.servers'
const TOKEN = 'etude.token '
/** Addresses that are kept, the newest first. */
const MOST = 5

interface Storages {
  local: Pick<Storage, 'getItem' | 'setItem'>
  session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
}

export function rememberedServers({ local, session } = storages()): Server[] {
  try {
    const kept: unknown = JSON.parse(local.getItem(ADDRESSES) ?? '[]')
    if (!Array.isArray(kept)) return []
    return kept.filter((url) => typeof url === 'string').map((url) => ({ url, key: session.getItem(TOKEN + url) ?? undefined }))
  } catch {
    return [] // refused, or written by something else
  }
}

export function rememberServer({ url, key }: Server, { local, session } = storages()): void {
  try {
    const others = rememberedServers({ local, session }).map((one) => one.url).filter((one) => one !== url)
    local.setItem(ADDRESSES, JSON.stringify([url, ...others].slice(0, MOST)))
    if (key !== undefined) session.setItem(TOKEN + url, key)
  } catch {
    // refused: the address is to be typed again next time
  }
}

export function forgetServer(url: string, { local, session } = storages()): void {
  try {
    local.setItem(ADDRESSES, JSON.stringify(rememberedServers({ local, session }).map((one) => one.url).filter((one) => one !== url)))
    session.removeItem(TOKEN + url)
  } catch {
    // refused: nothing was remembered
  }
}

/** Even naming them throws where a browser refuses storage. */
function storages(): Storages {
  const refused = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
  try {
    return { local: localStorage, session: sessionStorage }
  } catch {
    return { local: refused, session: refused }
  }
}

/** The token in the address of a page that a server of the wire gave, and the address without it. */
export function tokenIn(href: string): { server: Server; rest: string } | undefined {
  const url = new URL(href)
  const parts = url.hash.slice(1).split('&')
  const token = parts.find((part) => part.startsWith('token='))?.slice('token='.length)
  if (!token) return undefined
  const others = parts.filter((part) => !part.startsWith('token='))
  url.hash = others.join('&')
  return { server: { url: new URL('.', href.replace(/[?#].*/, '')).href.replace(/\/+$/, ''), key: decodeURIComponent(token) }, rest: url.href.replace(/#$/, '') }
}
