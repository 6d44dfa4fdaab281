/** What the page can be told by key and by name: one table for the keys, the help sheet and the palette. */
import type { Player } from '../player'
import { neighbour, shownReport } from '../group/ranking'
import type { PageState, PageStore } from '../store'
import { say } from '../words/say'

export interface Command {
  name: string
  what: string
  /** As Mantine writes keys; undefined where only the palette has it. */
  key?: string
  /** Whether it can be done now. */
  can: boolean
  run: () => void
}

interface Parts {
  player: Player
  store: PageStore
  /** Opens the help sheet, turns the presentation on or off, light into dark. */
  help: () => void
  present: () => void
  scheme: () => void
}

/** What the transport can do in this state of the page; `busy`: a press pauses. */
export function canNow({ state, pausing, device }: Pick<PageState, 'state' | 'pausing' | 'device'>) {
  const ready = device.state === 'ready' && state !== 'done' && state !== 'failed'
  const busy = state === 'running' || state === 'opening'
  return { busy, toggle: ready && !pausing, step: ready && !busy, reset: state !== 'idle' }
}

export function commandsOf({ player, store, help, present, scheme }: Parts): Command[] {
  const page = store.getState()
  const { reports, shown } = page
  const { busy, toggle, step, reset } = canNow(page)
  const at = shownReport(reports, shown.step)?.step
  const [before, after] = ([-1, 1] as const).map((way) => (at === undefined ? undefined : neighbour(reports, at, way)))
  const look = (to: number | undefined): void => {
    if (to !== undefined) store.setState({ shown: { ...shown, step: neighbour(reports, to, 1) === undefined ? 'latest' : to } })
  }
  return [
    { name: busy ? say`Pause` : say`Play`, what: say`play or pause`, key: 'space', can: toggle, run: () => void player.toggle() },
    { name: say`One step`, what: say`one step, then pause`, key: 's', can: step, run: () => void player.step() },
    { name: say`Reset`, what: say`end the run`, key: 'r', can: reset, run: () => void player.reset() },
    { name: say`The step before`, what: say`the group of the step before`, key: 'ArrowLeft', can: before !== undefined,
      run: () => { look(before) } },
    { name: say`The next step`, what: say`the group of the next step`, key: 'ArrowRight', can: after !== undefined,
      run: () => { look(after) } },
    { name: say`Presentation`, what: say`large type for a projector, and back`, key: 'p', can: true, run: present },
    { name: say`Light or dark`, what: say`light or dark`, key: 'd', can: true, run: scheme },
    { name: say`Keys`, what: say`this list`, key: '?', can: true, run: help },
  ]
}
