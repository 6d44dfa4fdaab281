/** The built page, so that it and the server have one origin. Only files that lie in the folder are ever read. */
import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

export function pageFrom(folder: string): (path: string) => Promise<Response | undefined> {
  return async (path) => {
    try {
      const root = await realpath(folder)
      const file = await realpath(join(root, decodeURIComponent(path === '/' ? '/index.html' : path)))
      if (!file.startsWith(root + sep)) return undefined
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      return new Response(new Uint8Array(await readFile(file)), { headers: { 'content-type': type, 'cache-control': 'no-cache' } })
    } catch {
      return undefined // no such file, or no file
    }
  }
}
