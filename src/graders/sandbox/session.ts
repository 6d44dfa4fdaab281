/** The one sandbox of this process or page. A page finds its own; who stands above sets another elsewhere. */
import type { Sandbox } from './sandbox'

type Factory = () => Sandbox | Promise<Sandbox>

let factory: Factory | undefined
let current: Promise<Sandbox> | undefined

/** What makes the sandbox when the first program is to run. One that is open already is closed. */
export function setSandbox(make: Factory | undefined): void {
  void current?.then((open) => open.close(), () => undefined)
  factory = make
  current = undefined
}

/** The sandbox; made at the first call. Rejects where none is set and there is no page. */
export function sandbox(): Promise<Sandbox> {
  current ??= open()
  current.catch(() => (current = undefined))
  return current
}

async function open(): Promise<Sandbox> {
  if (factory) return factory()
  if (typeof document !== 'undefined') return (await import('./browser')).browserSandbox()
  throw new Error('there is no sandbox for programs here; call setSandbox first.')
}
