/** A run on a terminal: one line that is drawn again where there is a screen, one line a step where there is none. */
import type { Evaluation, StepReport } from '../rl/report'

const WIDTH = 24

export class ProgressLine {
  private begun = performance.now()
  private latest = ''
  private accuracy = ''
  private drawn = false

  constructor(
    private readonly steps: number,
    /** Where this run began: the time left is judged by the steps since. */
    private readonly first: number,
    private readonly out: NodeJS.WriteStream = process.stdout,
  ) {}

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

  /** A line that stays. */
  say(line: string): void {
    this.clear()
    this.out.write(`${line}\n`)
  }

  clear(): void {
    if (this.drawn) this.out.write('\r\x1b[K')
    this.drawn = false
  }

  private show(line: string): void {
    if (!this.out.isTTY) {
      this.out.write(`${line}\n`)
      return
    }
    this.out.write(`\r\x1b[K${line.slice(0, (this.out.columns || 120) - 1)}`)
    this.drawn = true
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
