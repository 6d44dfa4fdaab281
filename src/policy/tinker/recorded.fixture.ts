/** For tests: the recorded exchanges of the Tinker wire, all files that there are. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export interface Body {
  json?: unknown
  text?: string
  base64?: string
}

export interface Exchange {
  n: number
  step?: string
  method: string
  path: string
  request: { headers: Record<string, string>; body: Body | null }
  response: { status: number; headers: Record<string, string>; body: Body | null }
}

export interface Recording {
  name: string
  about: string
  server: string
  sdk?: string
  exchanges: Exchange[]
}

const FOLDER = join(process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../../shared'), 'golden/tinker')

export function recordings(): Recording[] {
  if (!existsSync(FOLDER)) {
    console.log(`no recordings at ${FOLDER}: skipped`)
    return []
  }
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, ...(parse(readFileSync(join(FOLDER, name), 'utf8')) as Omit<Recording, 'name'>) }))
    .filter(({ exchanges }) => Array.isArray(exchanges))
}

/** The decoded parts hold NaN and -Infinity as Python writes them. */
const parse = (text: string): unknown => JSON.parse(text.replace(/^(\s*(?:"\w+": )?)(NaN|-?Infinity)(,?)$/gm, '$1null$3'))

export function bytesOf(body: Body | null): Uint8Array<ArrayBuffer> {
  if (body?.base64 !== undefined) return new Uint8Array(Buffer.from(body.base64, 'base64'))
  return new Uint8Array(Buffer.from(body?.text ?? (body && 'json' in body ? JSON.stringify(body.json) : '')))
}

export function responseOf({ response: { status, headers, body } }: Exchange): Response {
  return new Response(body === null || status === 204 ? null : bytesOf(body), { status, headers })
}
