/** A worker's side: starts its interpreter, then runs one job after the other. */
import type { Job, Reply, Result, Start } from './protocol'

export interface Interpreter {
  run(job: Job): Result
  snapshot?: Uint8Array | undefined
}

declare const self: { onmessage: ((event: { data: Start }) => void) | null }

/** `first` is a program that defines f; it runs once before the worker is ready, for an interpreter's first steps are its slowest. */
export function serve(open: (start: Start) => Promise<Interpreter>, first: string): void {
  self.onmessage = ({ data }) => {
    self.onmessage = null
    const { port } = data
    // kept from what the programs may reach through the worker's globals
    const post = port.postMessage.bind(port) as (reply: Reply) => void
    open(data).then(
      (interpreter) => {
        interpreter.run({ id: 0, source: first, call: 'f', args: '[]', seconds: 60, output: 1000 })
        port.onmessage = ({ data: job }: MessageEvent<Job>) => post({ id: job.id, result: attempt(interpreter, job) })
        post({ ready: true, snapshot: interpreter.snapshot })
      },
      (error: unknown) => post({ broken: String(error) }),
    )
  }
}

/** What an interpreter throws itself is never the program's own error: it is broken. */
function attempt(interpreter: Interpreter, job: Job): Result {
  try {
    return interpreter.run(job)
  } catch (error) {
    return { ok: false, kind: 'crash', error: `the interpreter broke: ${String(error).slice(0, 200)}`, output: '', spent: true }
  }
}

/** Text that a program prints, up to `limit` characters. */
export class Output {
  text = ''
  constructor(private readonly limit: number) {}
  add(text: string): void {
    if (this.text.length < this.limit) this.text += text.slice(0, this.limit - this.text.length)
  }
}

export function tooLong(length: number, limit: number): string {
  return `the value has ${length} characters as JSON, more than the ${limit} that it may have`
}
