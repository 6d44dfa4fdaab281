/** Where the numbers of other libraries are, for tests: `fixtures/` of this repository, and a larger folder that not everybody has. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The folder that ETUDE_SHARED names, else ../shared beside the repository; it need not exist. */
export const SHARED = process.env.ETUDE_SHARED ?? join(root, '..', 'shared')

/** A path under it; undefined when it isn't there. */
export function shared(...parts: string[]): string | undefined {
  const path = join(SHARED, ...parts)
  return existsSync(path) ? path : undefined
}

/** The same file in both places: what tests take their cases from. */
export function sources(name: string) {
  return [
    { where: `fixtures/${name}`, path: join(root, 'fixtures', name) as string | undefined },
    { where: `golden/${name} of the shared folder (ETUDE_SHARED)`, path: shared('golden', name) },
  ]
}
