/**
 * A spec in an address. The fragment never leaves the browser, so a shared run is nobody's business.
 *
 *     #v1&algorithm.name=motif&algorithm.learning_rate=0.0004&steps=60&@tier=tiled
 *
 * holds what differs from the defaults: a path in the spec and its value (library/notation.ts); keys with @ are about the link, not of
 * the spec. `#spec=` with the whole spec as JSON in base64url, of earlier versions, is read too. Where a default changes, the version
 * rises, and CHANGED says what the links before it meant.
 */
import { readValue, writeValue, type Value } from './library/notation'
import { parseSpec, type RunSpec } from './spec'

type Json = Record<string, Value>
type Path = readonly [string, Value]

export interface Link {
  spec: RunSpec
  /** The kernel tier of the run that it shows: the same one gives the same figures to the bit. */
  tier?: string
}

const VERSION = 1
/** By version: paths that had another default then. */
const CHANGED: Record<number, readonly Path[]> = {}

/** Keys of a path, at most. */
const DEPTH = 20

/** Longest fragment that is read. */
const LONGEST = 200_000

/** The fragment that carries a spec, with its #. */
export function specToFragment(spec: RunSpec, tier?: string): string {
  const whole = JSON.stringify(spec)
  const holds = (paths: readonly Path[]) => {
    try {
      return JSON.stringify(parseSpec(nested(paths))) === whole
    } catch {
      return false
    }
  }
  const all = flat(JSON.parse(whole) as Json)
  // One path after the other is left out where the rest says the same; the names decide what the others' defaults are.
  let kept = all
  for (const path of [...all.filter(([key]) => !key.endsWith('.name')), ...all.filter(([key]) => key.endsWith('.name'))]) {
    const without = kept.filter((other) => other !== path)
    if (holds(without)) kept = without
  }
  const parts = [...kept, ...(tier === undefined ? [] : [['@tier', tier] as const])].map(([key, value]) => `&${key}=${escape(writeValue(value))}`)
  return `#v${VERSION}${parts.join('')}`
}

/** The spec that an address carries, in its fragment or its query; undefined where it has none. Throws when it is damaged. */
export function specFromAddress(address: string): RunSpec | undefined {
  return readLink(address)?.spec
}

/** As specFromAddress, with what the link says beside the spec. */
export function readLink(address: string): Link | undefined {
  const { hash, searchParams } = new URL(address, 'http://localhost')
  if (hash.length > LONGEST)
    throw new Error(`the address is ${hash.length} letters long, more than the ${LONGEST} that are read; share the run as a file`)
  const version = /^#v(\d+)(?=&|$)/.exec(hash)?.[1]
  if (version !== undefined) return readVersion(Number(version), hash.slice(2 + version.length))
  const text = new URLSearchParams(hash.slice(1)).get('spec') ?? searchParams.get('spec')
  return text === null ? undefined : { spec: parseSpec(fromBase64(text)) }
}

function readVersion(version: number, text: string): Link {
  if (version < 1 || version > VERSION)
    throw new Error(`the link is of version ${version}, and this page reads version ${VERSION}; reload the page to get its newest version`)
  const paths: [string, Value][] = []
  for (const part of text.split('&').filter(Boolean)) {
    const cut = part.indexOf('=')
    if (cut < 1) throw damaged(part, 'no =')
    try {
      paths.push([decodeURIComponent(part.slice(0, cut)), readValue(decodeURIComponent(part.slice(cut + 1)))])
    } catch (error) {
      throw damaged(part, error instanceof Error ? error.message : String(error))
    }
  }
  const own = paths.filter(([key]) => !key.startsWith('@'))
  const tier = paths.find(([key]) => key === '@tier')?.[1]
  const before = Object.keys(CHANGED).map(Number).filter((changed) => changed >= version).flatMap((changed) => CHANGED[changed]!)
  const old = before.filter(([key]) => !own.some(([other]) => other === key))
  return { spec: parseSpec(nested([...old, ...own])), ...(typeof tier === 'string' && { tier }) }
}

/** Paths to what is no object, or to an object whose keys are no plain words. */
function flat(value: Json, before = ''): Path[] {
  return Object.entries(value).flatMap(([key, each]): Path[] => {
    const path = before + key
    const opens = typeof each === 'object' && each !== null && !Array.isArray(each) && Object.keys(each).length > 0
    return opens && Object.keys(each).every((name) => /^\w+$/.test(name)) ? flat(each, `${path}.`) : [[path, each]]
  })
}

function nested(paths: readonly Path[]): Json {
  const root: Json = Object.create(null) as Json
  for (const [path, value] of paths) {
    const keys = path.split('.')
    if (keys.length > DEPTH) throw damaged(path, `more than ${DEPTH} keys within one another`)
    const last = keys.pop()!
    let parent = root
    for (const key of keys) {
      const next = Object.hasOwn(parent, key) ? parent[key] : (parent[key] = Object.create(null) as Json)
      if (typeof next !== 'object' || next === null || Array.isArray(next)) throw damaged(path, `${key} is a value already`)
      parent = next
    }
    parent[last] = value
  }
  return JSON.parse(JSON.stringify(root)) as Json
}

/** As encodeURIComponent, but what an address may show stays. */
function escape(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new Error(`the text ${JSON.stringify(text)} holds half a character, which no address can carry; write it anew`)
  return encodeURIComponent(text).replace(/%(2C|3A|2F|40|24|3B)/g, decodeURIComponent)
}

function damaged(part: string, why: string): Error {
  return new Error(`the run spec in the address is damaged at “${part.slice(0, 80)}” (${why}); copy the whole address again`)
}

function fromBase64(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error('the run spec in the address is damaged (not base64url); copy the whole address again', { cause: error })
  }
}
