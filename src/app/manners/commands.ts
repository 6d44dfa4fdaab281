/** What the page can be told by key and by name: one table for the keys, the help sheet and the palette. */
import type { Player } from '../player'
import type { PageStore } from '../store'

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

export function commandsOf({ player, store, help, present, scheme }: Parts): Command[] {
  const { state, pausing, device, reports, shown } = store.getState()
  const ready = device.state === 'ready'
  const busy = state === 'running' || state === 'opening'
  const over = state === 'done' || state === 'failed'
  const steps = reports.filter(({ groups }) => groups.length > 0).map(({ step }) => step)
  const at = shown.step === 'latest' ? steps.length - 1 : steps.indexOf(shown.step)
  const look = (to: number): void => { store.setState({ shown: { ...shown, step: to >= steps.length - 1 ? 'latest' : (steps[Math.max(0, to)] ?? 'latest') } }) }
  return [
    { name: busy ? 'Pause' : 'Play', what: 'play or pause', key: 'space', can: ready && !over && !pausing, run: () => void player.toggle() },
    { name: 'One step', what: 'one step, then pause', key: 's', can: ready && !over && !busy, run: () => void player.step() },
    { name: 'Reset', what: 'end the run', key: 'r', can: state !== 'idle', run: () => void player.reset() },
    { name: 'The step before', what: 'the group of the step before', key: 'ArrowLeft', can: at > 0, run: () => { look(at - 1) } },
    { name: 'The next step', what: 'the group of the next step', key: 'ArrowRight', can: at >= 0 && at < steps.length - 1, run: () => { look(at + 1) } },
    { name: 'Presentation', what: 'large type for a projector, and back', key: 'p', can: true, run: present },
    { name: 'Light or dark', what: 'light or dark', key: 'd', can: true, run: scheme },
    { name: 'Keys', what: 'this list', key: '?', can: true, run: help },
  ]
}
