/** What the page shows of servers. */
import type { Server } from './places'

/** A server as the page shows it. */
export interface KnownServer extends Server {
  state: 'asking' | 'there' | 'silent'
  /** What computes there; why it does not answer. */
  words?: string
}

export interface ElsewhereView {
  servers: readonly KnownServer[]
  /** The address of the server that computes; undefined: this tab. */
  at?: string | undefined
  /** A move is on its way. */
  moving: boolean
  trouble?: string | undefined
  /** What was chosen without being asked for. */
  notice?: string | undefined
  /** The offer of a server that answers was declined. */
  declined: boolean
}

export const HERE: ElsewhereView = { servers: [], moving: false, declined: false }
