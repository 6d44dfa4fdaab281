/** A spec in an address: …#spec=<JSON in base64url>. The fragment never leaves the browser, so a shared run is nobody's business. */
import { parseSpec, type RunSpec } from './spec'

/** The fragment that carries a spec, with its #. */
export function specToFragment(spec: RunSpec): string {
  const bytes = new TextEncoder().encode(JSON.stringify(spec))
  const text = btoa(String.fromCharCode(...bytes))
  return `#spec=${text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`
}

/** The spec that an address carries, in its fragment or its query; undefined where it has none. Throws when it is damaged. */
export function specFromAddress(address: string): RunSpec | undefined {
  const { hash, searchParams } = new URL(address, 'http://localhost')
  const text = new URLSearchParams(hash.slice(1)).get('spec') ?? searchParams.get('spec')
  if (text === null) return undefined
  let json: string
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    json = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error('the run spec in the address is damaged (not base64url); copy the whole address again', { cause: error })
  }
  return parseSpec(json)
}
