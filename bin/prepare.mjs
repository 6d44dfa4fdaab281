// Installs the packages of package-lock.json where they are missing or old; silent when there is nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Whether this is the package, whose TypeScript is built and whose packages npm has installed with it. */
export const PACKED = !existsSync(join(ROOT, 'src'))

/** Throws one sentence when Node is too old or npm fails. */
export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Node ${process.versions.node} is too old; install Node 20.19 or newer.`)
  }
  const stale = PACKED ? undefined : firstStale()
  if (!stale) return
  console.error(`Installing packages with npm ci (${stale}) …`)
  const { status } = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error('npm ci failed; look at the lines above, check the connection, and run this again.')
}

/** Why packages must be installed, or undefined: npm keeps a list of what it installed in node_modules/.package-lock.json. */
function firstStale() {
  const wanted = packages('package-lock.json') ?? {}
  const installed = packages('node_modules/.package-lock.json')
  if (!installed) return 'for the first time'
  for (const [path, { version, optional, link, devOptional }] of Object.entries(wanted)) {
    if (path === '' || !path.startsWith('node_modules/')) continue
    const here = installed[path]
    if (!here && (optional || devOptional)) continue // for another system
    if (!here || (!link && here.version !== version)) return `${path.slice('node_modules/'.length)} ${version ?? ''}`.trim()
  }
  return undefined
}

function packages(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8')).packages
  } catch {
    return undefined
  }
}
