/**
 * The server's end of the network: how long a client may take for what it sends. Who opens connections without asking, or sends a byte a
 * second, is cut off; who waits for an answer is not.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'

export interface Patience {
  /** Milliseconds until a request's headers are there, counted from the connection or from the request before it. */
  headers: number
  /** Milliseconds until a body is there, and bytes a millisecond that its length gives it on top. */
  body: number
  rate: number
  /** Milliseconds that a connection is kept between two requests. */
  keepAlive: number
  /** Milliseconds between two looks at the headers' clocks. */
  check: number
  connections: number
}

/** Bodies: ten seconds, and a second for each 64 kB. Connections are kept for longer than any client thinks between two requests. */
export const PATIENCE: Patience = { headers: 10_000, body: 10_000, rate: 64, keepAlive: 75_000, check: 2000, connections: 4096 }

/** Rejects with Node's error where the address cannot be listened on. */
export function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
  { headers, body, rate, keepAlive, check, connections }: Patience = PATIENCE,
): Promise<{ port: number; close: () => void }> {
  return new Promise((resolve, reject) => {
    const serverOptions = { connectionsCheckingInterval: check, headersTimeout: headers, requestTimeout: 0, keepAliveTimeout: keepAlive }
    const server = serve({ fetch, hostname, port, createServer, serverOptions }, ({ port }: AddressInfo) =>
      resolve({
        port,
        close() {
          server.close()
          server.closeAllConnections()
        },
      }),
    ) as Server
    server.on('error', reject)
    server.maxConnections = connections
    server.prependListener('request', (incoming: IncomingMessage) => {
      const length = Number(incoming.headers['content-length'] ?? 0)
      const late = setTimeout(() => {
        if (!incoming.complete) incoming.socket.destroy()
      }, body + length / rate)
      late.unref()
      incoming.once('end', () => clearTimeout(late))
      incoming.once('close', () => clearTimeout(late))
    })
  })
}
