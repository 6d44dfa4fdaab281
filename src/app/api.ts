/**
 * `window.etude`: the page for scripts. Start a spec, await its end, read its reports; ten lines of Playwright are a benchmark
 * (e2e/readme-example.mjs). A run that is started here is the run on the page: its curves are drawn and its buttons work.
 */
import type { Evaluation, StepReport } from '../rl/report'
import type { Run, Summary } from '../runs/run'
import type { RunEntry } from '../runs/library/entry'
import type { KeptRun, RunLibrary } from '../runs/library/library'
import { readCheckpoint } from '../runs/checkpoint'
import type { RunSpec } from '../runs/spec'
import type { Elsewhere } from './elsewhere/elsewhere'
import type { Player } from './player'
import type { PageStore } from './store'

export interface Etude {
  /** The device is known; rejects with a sentence when there is no WebGPU. */
  readonly ready: Promise<void>
  /**
   * Starts a run of this spec in place of the one on the page; keys that are left out take their defaults.
   * Resolves when the run is on its way; rejects with one sentence when the spec is wrong or there is no WebGPU.
   */
  start(spec: unknown): Promise<void>
  /** Settles when the run has made all its steps; rejects with its failure. */
  done(): Promise<Summary>
  /** Resolves when the step in progress has ended. */
  pause(): Promise<void>
  /** Goes on from a checkpoint, of this page or of another: the steps that follow are those of the unbroken run. */
  resume(checkpoint: Uint8Array): Promise<void>
  /** The runs that this browser keeps, newest first; and all that it keeps of one. */
  runs(): Promise<RunEntry[]>
  read(id: string): Promise<KeptRun>
  /** Goes on with one of them where its last checkpoint is. */
  goOn(id: string): Promise<void>
  /** Computes on this server (its address with the token) from now on, or, without one, in this tab; a run goes on there from the step it has made. */
  moveTo(address?: string): Promise<void>
  /** Lets graders send completions to this server (https://host), with its key where it wants one, until the page is closed. */
  allow(where: string, key?: string): void
  reports(): StepReport[]
  evaluations(): Evaluation[]
  /** The state after the last step that can be resumed. */
  checkpoint(): Promise<Uint8Array>
  /** PEFT's files: name → bytes. */
  exportAdapter(): Promise<Record<string, Uint8Array>>
  /** The spec of the run, or, before there is one, the form's. */
  spec(): RunSpec
}

declare global {
  interface Window {
    etude: Etude
  }
}

export function createApi(player: Player, store: PageStore, ready: Promise<void>, allow: Etude['allow'], library: Promise<RunLibrary>, elsewhere: Elsewhere): Etude {
  ready.catch(() => undefined) // a page that no script asks has told its visitor already
  const running = (): Run => {
    if (!player.run) throw new Error('There is no run on this page: call etude.start(spec) first.')
    return player.run
  }
  return {
    ready,
    async start(spec) {
      await ready
      const run = await player.prepare(spec)
      run.play()
    },
    // async functions, so that "no run" rejects as every other failure does
    async done() {
      return running().done
    },
    async pause() {
      running()
      await player.pause()
    },
    async resume(checkpoint) {
      await ready
      const run = await player.prepare(readCheckpoint(checkpoint).spec, checkpoint)
      run.play()
    },
    async runs() {
      return (await library).list()
    },
    async read(id) {
      return (await library).read(id)
    },
    async goOn(id) {
      await ready
      await player.goOn(id)
    },
    async moveTo(address) {
      const url = address === undefined ? undefined : await elsewhere.add(address)
      await elsewhere.moveTo(url)
      const { trouble } = store.getState().elsewhere
      if (trouble !== undefined) throw new Error(trouble)
    },
    allow,
    reports: () => [...(player.run?.reports ?? [])],
    evaluations: () => [...(player.run?.evaluations ?? [])],
    async checkpoint() {
      return running().checkpoint()
    },
    async exportAdapter() {
      return running().exportAdapter()
    },
    spec: () => player.run?.spec ?? (structuredClone(store.getState().draft) as unknown as RunSpec),
  }
}
