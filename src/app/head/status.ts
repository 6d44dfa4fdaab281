/** What the run is doing, in a few words, and how far it is: one function of the page's state. */
import type { FileProgress } from '../../hub/meter'
import type { Progress } from '../../policy/host'
import type { RunState } from '../../runs/run'
import { bytes, duration, percent } from '../format'
import type { PageState } from '../store'
import { later, say } from '../words/say'

export interface Status {
  words: string
  /** In [0, 1]. */
  fraction: number
}

export type Facts = Pick<PageState, 'state' | 'pausing' | 'progress' | 'device' | 'reports' | 'evaluations' | 'spec'> & { steps: number }

/** The states of a run, in a word. */
export const STATES: Record<RunState, string> = {
  idle: later`idle`, opening: later`opening`, running: later`running`, paused: later`paused`, done: later`done`, failed: later`failed`,
}
const DOING: Record<FileProgress['doing'], string> = { downloading: later`downloading`, checking: later`checking`, waiting: later`waiting` }

export function statusOf(facts: Facts): Status {
  const { state, device, steps } = facts
  const done = steps > 0 ? stepOf(facts) / steps : 0
  if (device.state === 'absent') return { words: absence(device.why).words, fraction: 0 }
  if (state === 'idle') return { words: device.state === 'asking' ? say`looking for the GPU` : say`ready`, fraction: 0 }
  if (state === 'opening') return opening(facts.progress)
  const { progress } = facts
  if (state === 'paused' && progress?.phase === 'downloading') return part(say`download paused`, progress.loaded, progress.total)
  if (state === 'running')
    return { words: facts.pausing ? say`pausing …` : measuring(facts) ? say`measuring` : say.of(STATES.running), fraction: done }
  return { words: say.of(STATES[state]), fraction: done }
}

/** The two ways in which a page cannot train: there is no WebGPU to use, or the engine itself did not start. */
export function absence(why: string): { words: string; title: string } {
  return why.includes('WebGPU')
    ? { words: say`no WebGPU here`, title: say`No usable WebGPU here, so nothing can be trained in this tab` }
    : { words: say`no engine`, title: say`The engine did not start, so nothing can be trained in this tab` }
}

function opening(progress: Progress | undefined): Status {
  if (progress?.phase === 'downloading') return downloading(progress)
  if (progress?.phase === 'uploading') return part(say`loading`, progress.done, progress.total)
  if (progress?.phase === 'compiling') return part(say`compiling`, progress.done, progress.total)
  return { words: say`opening the model`, fraction: 0 }
}

/** Files of the Hub come with their rate; a line that waits says why. */
function downloading(progress: Pick<FileProgress, 'loaded' | 'total'> & Partial<FileProgress>): Status {
  const { doing = 'downloading', why, rate, secondsLeft, loaded, total } = progress
  const { words, fraction } = part(say.of(DOING[doing]), loaded, total)
  if (doing === 'waiting') return { words: why ?? words, fraction }
  return { words: words + (doing === 'downloading' ? paceOf(rate, secondsLeft) : ''), fraction }
}

/** ", 3.1 MB/s, 12 s left"; nothing as long as there is no figure. */
export function paceOf(rate: number | undefined, secondsLeft: number | undefined): string {
  return rate === undefined || secondsLeft === undefined ? '' : say`, ${bytes(rate)}/s, ${duration(secondsLeft)} left`
}

function part(words: string, done: number, total: number): Status {
  const fraction = total > 0 ? Math.min(1, done / total) : 0
  return { words: total > 0 ? `${words} ${percent(fraction)}` : words, fraction }
}

/** Optimizer steps made so far; a run that goes on from a checkpoint knows them from its evaluations until its first report. */
export function stepOf({ reports, evaluations }: Pick<PageState, 'reports' | 'evaluations'>): number {
  return reports.at(-1)?.step ?? evaluations.at(-1)?.step ?? 0
}

/** Whether the run is answering held-out problems now: an evaluation is due at this step and has not come. */
function measuring(facts: Facts): boolean {
  const evaluation = facts.spec?.evaluation
  const step = stepOf(facts)
  if (!evaluation || evaluation.problems === 0 || facts.evaluations.some((one) => one.step === step)) return false
  return step === 0 ? evaluation.at_start : evaluation.every > 0 && step % evaluation.every === 0
}
