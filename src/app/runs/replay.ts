/** Plays a run that is only looked at: moves its scrubber and puts what is to be seen there into the store. */
import { toDraft } from '../draft'
import type { PageStore } from '../store'
import { pauseBefore, seenAt, viewingOf, type Shown, type Speed } from './viewing'

export interface Replay {
  /** At its end, or at the step that is given. */
  show(run: Shown, at?: number): void
  seek(step: number): void
  play(): void
  pause(): void
  toggle(): void
  setSpeed(speed: Speed): void
}

export function createReplay(store: PageStore): Replay {
  let timer: ReturnType<typeof setTimeout> | undefined

  function move(to: number, playing: boolean): void {
    const { viewing } = store.getState()
    if (!viewing) return
    const at = Math.max(0, Math.min(viewing.last, to))
    const next = { ...viewing, at, playing: playing && at < viewing.last }
    store.setState({ viewing: next, ...seenAt(next), state: at < viewing.last ? (next.playing ? 'running' : 'paused') : 'done' })
    schedule()
  }

  /** The next step, as long as the run is on the page and plays. */
  function schedule(): void {
    clearTimeout(timer)
    const { viewing } = store.getState()
    if (!viewing?.playing) return
    timer = setTimeout(() => {
      const now = store.getState().viewing
      if (now?.playing) move(now.at + 1, true)
    }, 1000 * pauseBefore(viewing))
  }

  /** From its beginning where it is at its end. */
  function play(): void {
    const { viewing } = store.getState()
    if (viewing) move(viewing.at < viewing.last ? viewing.at : 0, true)
  }

  function pause(): void {
    const { viewing } = store.getState()
    if (viewing) move(viewing.at, false)
  }

  return {
    show(run, at) {
      const viewing = viewingOf(run, at)
      store.setState({ viewing, spec: run.spec, draft: toDraft(run.spec), shown: { step: 'latest', question: 0 }, ...seenAt(viewing), state: 'done' })
      move(viewing.at, false)
    },
    seek(step) {
      store.setState(({ shown }) => ({ shown: { ...shown, step: 'latest' } }))
      move(step, false)
    },
    play,
    pause,
    toggle() {
      if (store.getState().viewing?.playing) pause()
      else play()
    },
    setSpeed(speed) {
      store.setState(({ viewing }) => ({ viewing: viewing && { ...viewing, speed } }))
      schedule()
    },
  }
}
