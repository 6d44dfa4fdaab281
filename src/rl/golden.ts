/** Where the golden numbers of other libraries are, for tests: the folder that ETUDE_SHARED names, else ../shared beside the repository. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

/** A path under the shared folder; undefined when it isn't there. */
export function shared(...parts: string[]): string | undefined {
  const root = process.env.ETUDE_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url))
  const path = join(root, ...parts)
  return existsSync(path) ? path : undefined
}
