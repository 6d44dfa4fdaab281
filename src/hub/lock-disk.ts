/**
 * A lock between processes: a file that only one can create. Its owner touches it every few seconds; one that was not touched
 * for long belongs to nobody (the process ended), and whoever waits takes it away. For Node only.
 */
import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { wait } from './request'

/** Milliseconds. */
export const LOCK = { touch: 5000, stale: 30_000, look: 100 }

export async function lockFile<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
  onWait?: () => void,
  times = LOCK,
): Promise<T> {
  const mine = `${hostname()} ${process.pid} ${randomUUID()}`
  for (let first = true; !(await take(path, mine)); first = false) {
    signal?.throwIfAborted()
    if (first) onWait?.()
    await breakStale(path, times.stale)
    await wait(times.look, signal)
  }
  const touching = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined) // taken away: the end of the work finds out
  }, times.touch)
  try {
    return await work()
  } finally {
    clearInterval(touching)
    if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true })
  }
}

async function take(path: string, mine: string): Promise<boolean> {
  try {
    await writeFile(path, mine, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Moves it aside before deleting it, so that of two who find it stale only one deletes it. */
async function breakStale(path: string, age: number): Promise<void> {
  try {
    const seen = await readFile(path, 'utf8')
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs < age && !hasEnded(seen)) return
    const aside = `${path}.${randomUUID()}.new`
    await rename(path, aside)
    // somebody else was faster, and this one is alive
    if ((await readFile(aside, 'utf8')) !== seen) await link(aside, path).catch(() => undefined)
    await rm(aside, { force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Whether it was a process of this computer that is no more. A folder shared by computers relies on the time alone. */
function hasEnded(lock: string): boolean {
  const [host, number] = lock.split(' ')
  const pid = Number(number)
  if (host !== hostname() || !Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
