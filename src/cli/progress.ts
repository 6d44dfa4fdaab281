/** A command on a terminal: one line that is drawn again where there is a screen, one line now and then where there is none. */
import type { Progress } from '../policy/host'
import type { Evaluation, StepReport } from '../rl/report'

const WIDTH = 24
/** Milliseconds between two lines about the same thing where there is no screen. */
const SELDOM = 10_000

export class Line {
  private drawn = false
  private told = { what: '', at: 0 }

  constructor(protected readonly out: NodeJS.WriteStream = process.stdout) {}

  /** Words that change as the work goes on; their first word is what is done. */
  progress(words: string): void {
    const what = words.split(' ')[0]!
    const now = performance.now()
    if (!this.out.isTTY && what === this.told.what && now - this.told.at < SELDOM) return
    this.told = { what, at: now }
    this.show(words)
  }

  /** A line that stays. */
  say(line: string): void {
    this.clear()
    this.out.write(`${line}\n`)
  }

  clear(): void {
    if (this.drawn) this.out.write('\r\x1b[K')
    this.drawn = false
  }

  protected show(line: string): void {
    if (!this.out.isTTY) {
      this.out.write(`${line}\n`)
      return
    }
    this.out.write(`\r\x1b[K${line.slice(0, (this.out.columns || 120) - 1)}`)
    this.drawn = true
  }
}

/** The line of a run. */
export class ProgressLine extends Line {
  private begun = performance.now()
  private latest = ''
  private accuracy = ''

  constructor(
    private readonly steps: number,
    /** Where this run began: the time left is judged by the steps since. */
    private readonly first: number,
    out: NodeJS.WriteStream = process.stdout,
  ) {
    super(out)
  }

  /** From now on steps are made. */
  begin(): void {
    this.begun = performance.now()
  }

  report({ step, metrics }: StepReport): void {
    const number = (key: string, label: string, digits = 2) => {
      const value = metrics[key]
      return value === undefined ? '' : `  ${label} ${value.toFixed(digits)}`
    }
    const seconds = (performance.now() - this.begun) / 1000
    const left = (seconds / Math.max(1, step - this.first)) * (this.steps - step)
    this.latest = `${bar(step / this.steps)} ${String(step).padStart(String(this.steps).length)}/${this.steps}`
    this.latest += `  ${clock(left)} left${number('reward', 'reward')}${number('loss', 'loss', 3)}${number('kl', 'kl', 3)}`
    this.latest += `${number('entropy', 'entropy')}${number('grad_norm', 'grad')}${number('completions/mean_length', 'length', 1)}`
    this.latest += this.accuracy
    this.show(this.latest)
  }

  evaluation({ step, correct, problems, accuracy, low, high }: Evaluation): void {
    this.accuracy = `  held-out ${accuracy.toFixed(2)}`
    const interval = `${low.toFixed(2)}–${high.toFixed(2)}`
    this.say(`held-out accuracy after step ${step}: ${accuracy.toFixed(3)} (${correct} of ${problems}; 95 % interval ${interval})`)
    if (this.latest && this.out.isTTY) this.show(this.latest)
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * WIDTH)
  return `▕${'█'.repeat(full)}${' '.repeat(WIDTH - full)}▏`
}

/** m:ss, or h:mm:ss. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds)
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** `downloading onnx/model_q4.onnx 40 % of 100.6 MB, 3.1 MB/s, 0:19 left`. */
export function progressWords(progress: Progress): string {
  if (progress.phase === 'ready') return 'ready'
  if (progress.phase !== 'downloading') return `${progress.phase} ${progress.done} of ${progress.total}`
  const { file, loaded, total, rate, secondsLeft, doing = 'downloading', why } = progress
  if (doing === 'waiting') return `waiting for ${file}: ${why ?? 'the line is silent'}`
  const share = total > 0 ? `${Math.floor((100 * loaded) / total)} % of ${megabytes(total)}` : megabytes(loaded)
  const pace = rate === undefined || secondsLeft === undefined ? '' : `, ${megabytes(rate)}/s, ${clock(secondsLeft)} left`
  return `${doing} ${file} ${share}${pace}`
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
