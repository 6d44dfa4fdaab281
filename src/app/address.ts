/** The page's address: its fragment holds what a run's spec has of its own (runs/share.ts), `?run` starts it at once. */
import { readLink, specToFragment } from '../runs/share'
import { parseSpec, type RunSpec } from '../runs/spec'

export interface Address {
  spec?: RunSpec
  /** The kernel tier that made the figures of the run that the link shows. */
  tier?: string
  /** Why the spec in the address cannot be used: one sentence. */
  complaint?: string
  /** Start at once. */
  run: boolean
}

export function readAddress(href: string): Address {
  const run = new URL(href).searchParams.has('run')
  try {
    return { ...readLink(href), run }
  } catch (error) {
    return { complaint: error instanceof Error ? error.message : String(error), run: false }
  }
}

/** The address of this page with these settings, and the kernel tier that made the figures; throws the spec's sentence when they are wrong. */
export function linkTo(spec: unknown, href: string, tier?: string): string {
  const url = new URL(href)
  url.search = ''
  url.hash = specToFragment(parseSpec(spec), tier)
  return url.href
}
