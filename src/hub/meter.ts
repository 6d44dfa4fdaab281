/** How a download goes: bytes, rate and time left, told at most ten times a second. */

export interface FileProgress {
  file: string
  loaded: number
  total: number
  doing: 'downloading' | 'checking' | 'waiting'
  /** Why it waits. */
  why?: string
  /** Bytes a second, over the last seconds; absent until there is a figure. */
  rate?: number
  secondsLeft?: number
}

/** Seconds after which old speed counts for 1/e. */
const MEMORY = 4

export class Meter {
  private loaded = 0
  private rate: number | undefined
  private lastTold = -Infinity
  /** Bytes since `since` that are not in the rate yet. */
  private fresh = 0
  private since = 0

  constructor(
    private readonly file: string,
    private readonly total: number,
    private readonly tell: ((progress: FileProgress) => void) | undefined,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  begin(loaded: number): void {
    this.loaded = loaded
    this.since = this.now()
    this.say({ doing: 'downloading' }, true)
  }

  came(bytes: number): void {
    this.loaded += bytes
    this.fresh += bytes
    const time = this.now()
    const span = time - this.since
    if (span >= 0.25) {
      const speed = this.fresh / span
      const keep = Math.exp(-span / MEMORY)
      this.rate = this.rate === undefined ? speed : this.rate * keep + speed * (1 - keep)
      this.fresh = 0
      this.since = time
    }
    this.say({ doing: 'downloading' }, this.loaded === this.total)
  }

  check(loaded: number): void {
    this.say({ doing: 'checking', loaded }, false)
  }

  wait(why: string, seconds: number): void {
    this.say({ doing: 'waiting', why: seconds >= 1 ? `${why}; trying again in ${Math.round(seconds)} s` : why }, true)
  }

  end(): void {
    this.loaded = this.total
    this.say({ doing: 'downloading' }, true)
  }

  private say(what: Pick<FileProgress, 'doing' | 'why'> & { loaded?: number }, always: boolean): void {
    const time = this.now()
    if (!this.tell || (!always && time - this.lastTold < 0.1)) return
    this.lastTold = time
    const { file, total, loaded, rate } = this
    const pace = rate !== undefined && rate > 0 && { rate, secondsLeft: (total - loaded) / rate }
    this.tell({ file, loaded, total, ...pace, ...what })
  }
}
