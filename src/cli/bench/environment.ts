/** Everything beside the code's own work that a time depends on: adapter and driver, versions, commit, load of the machine. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { nodeGpu } from '../../gpu/node'
import { profile, requestAdapter } from '../../gpu/open'

const ROOT = join(import.meta.dirname, '../../..')

export interface Environment {
  /** `driver` is the adapter's own description, in which Dawn names it. */
  adapter: { name: string; software: boolean; vendor: string; architecture: string; device: string; driver: string }
  /** Node and the npm package `webgpu` (Dawn). */
  runtime: { node: string; webgpu?: string }
  etude: string
  /** Where there is a source tree; with `+` behind it where files differ from the commit. */
  commit?: string
  host: { processor: string; cores: number; platform: string; /** Running processes, mean of the minute before the suite and of its last. */ load: number[] }
  date: string
}

export async function environmentOf(): Promise<Environment> {
  const adapter = await requestAdapter(await nodeGpu())
  const { vendor, architecture, device, description } = adapter.info
  const { name, software } = profile(adapter)
  const webgpu = dawnVersion()
  const commit = commitOf(ROOT)
  const processors = cpus()
  return {
    adapter: { name, software, vendor, architecture, device, driver: description },
    runtime: { node: process.version, ...(webgpu !== undefined && { webgpu }) },
    etude: versionIn(join(ROOT, 'package.json')),
    ...(commit !== undefined && { commit }),
    host: { processor: processors[0]?.model ?? 'unknown', cores: processors.length, platform: `${process.platform} ${process.arch}`, load: [loadavg()[0]!] },
    date: new Date().toISOString(),
  }
}

/** Undefined in an installed package, which may lie in another project's repository. */
export function commitOf(root: string): string | undefined {
  if (!existsSync(join(root, '.git'))) return undefined
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  const { status, stdout } = git('rev-parse', '--short', 'HEAD')
  if (status !== 0) return undefined
  return stdout.trim() + (git('status', '--porcelain', '--untracked-files=no').stdout.trim() === '' ? '' : '+')
}

function dawnVersion(): string | undefined {
  try {
    return versionIn(createRequire(import.meta.url).resolve('webgpu/package.json'))
  } catch {
    return undefined // a package may keep its package.json to itself
  }
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
