/**
 * A download as a page shows it: some files of a model as one, with rate and time left, that can be paused, go on and be given
 * up. `subscribe` and `state` fit React's useSyncExternalStore. After a reload, a new one goes on from what is stored.
 */
import type { FileProgress } from './meter'
import type { RemoteRepository } from './remote'

export interface TransferState {
  status: 'ready' | 'running' | 'paused' | 'done' | 'failed'
  /** Bytes of all its files. */
  loaded: number
  total: number
  /** What happens to which file, while it runs. */
  now?: FileProgress
  /** Bytes a second, over the last seconds. */
  rate?: number
  secondsLeft?: number
  error?: Error
}

export class Transfer {
  private current: TransferState = { status: 'ready', loaded: 0, total: 0 }
  private readonly listeners = new Set<() => void>()
  private abort = new AbortController()
  private work: Promise<void> = Promise.resolve()

  constructor(
    private readonly repository: RemoteRepository,
    readonly paths: readonly string[],
  ) {}

  get state(): TransferState {
    return this.current
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Begins or goes on. Resolves when it is done, paused or failed; `state` says which. */
  start(): Promise<void> {
    if (this.current.status === 'running' || this.current.status === 'done') return this.work
    this.abort = new AbortController()
    this.set({ status: 'running', loaded: this.current.loaded, total: this.current.total })
    this.work = this.run(this.abort.signal)
    return this.work
  }

  /** Resolves when nothing moves any more; what has come is kept. */
  async pause(): Promise<void> {
    this.abort.abort()
    await this.work
  }

  /** Pauses, and deletes what is not whole. */
  async cancel(): Promise<void> {
    await this.pause()
    await this.repository.discard(this.paths)
    this.set({ status: 'ready', loaded: 0, total: this.current.total })
  }

  private async run(signal: AbortSignal): Promise<void> {
    try {
      const sizes = new Map<string, number>()
      for (const path of this.paths) sizes.set(path, await this.repository.size(path))
      const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
      const loaded = new Map<string, number>()
      const sum = () => [...loaded.values()].reduce((all, bytes) => all + bytes, 0)
      for (const path of this.paths) {
        const onProgress = (now: FileProgress) => {
          // reading again what is there is no step back
          if (now.doing !== 'checking') loaded.set(path, now.loaded)
          const pace = now.rate !== undefined && { rate: now.rate, secondsLeft: (total - sum()) / now.rate }
          this.set({ status: 'running', loaded: sum(), total, now, ...pace })
        }
        await this.repository.download([path], { signal, onProgress })
        loaded.set(path, sizes.get(path)!)
      }
      this.set({ status: 'done', loaded: total, total })
    } catch (error) {
      const { loaded, total } = this.current
      if (signal.aborted) this.set({ status: 'paused', loaded, total })
      else this.set({ status: 'failed', loaded, total, error: error as Error })
    }
  }

  private set(state: TransferState): void {
    this.current = state
    for (const listener of this.listeners) listener()
  }
}
