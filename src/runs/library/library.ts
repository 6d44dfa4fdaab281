/**
 * The journal of runs in the browser: for each run an entry, a row for each step (its metrics), for its groups and for each
 * evaluation, and two slots for checkpoints, the older of which stays until the newer one is whole. Rows are only added; they are cut
 * back when a run goes on from its checkpoint, and then made again. Of a step's tokens the texts are kept, not the numbers.
 */
import type { Evaluation, StepReport } from '../../rl/report'
import type { RunEntry } from './entry'

export interface Rows {
  report?: StepReport | undefined
  evaluation?: Evaluation | undefined
  /** Of a step whose row is written, here or earlier. */
  checkpoint?: Uint8Array | undefined
  /** What else changes in the entry. */
  entry?: Partial<Pick<RunEntry, 'state' | 'failure' | 'place' | 'tier'>>
}

/** What a run left; groups are missing from the oldest steps of a run too large to be shown whole. */
export interface KeptRun {
  entry: RunEntry
  reports: StepReport[]
  evaluations: Evaluation[]
}

export interface RunLibrary {
  /** Why nothing outlives this page, in a sentence; absent where the runs are kept. */
  readonly forgets?: string
  /** Newest first, without those that were removed. */
  list(): Promise<RunEntry[]>
  add(entry: RunEntry): Promise<void>
  /** A whole run at once, as from a file; the entry tells what the rows and the checkpoint say. */
  put(run: KeptRun, blobs?: { checkpoint?: Uint8Array | undefined; adapter?: Record<string, Uint8Array> | undefined }): Promise<RunEntry>
  /** To be shown, with its newest groups; or its curves alone; or whole, with every group. Rejects where there is no such run. */
  read(id: string, what?: 'shown' | 'curves' | 'whole'): Promise<KeptRun>
  /** One transaction; a checkpoint's bytes are put in the free slot before it. The entry as it is then. */
  append(id: string, rows: Rows): Promise<RunEntry>
  /** The newest one that is whole. */
  checkpoint(id: string): Promise<Uint8Array | undefined>
  /** Drops the rows after a checkpoint's step, for the run goes on from there. */
  cutBack(id: string, step: number, evaluations: readonly Evaluation[]): Promise<RunEntry>
  putAdapter(id: string, files: Record<string, Uint8Array>): Promise<void>
  /** Name → bytes; undefined where none is kept. */
  adapter(id: string): Promise<Record<string, Uint8Array> | undefined>
  change(id: string, fields: Partial<Pick<RunEntry, 'name' | 'note' | 'colour' | 'removed'>>): Promise<RunEntry>
  /** Takes those removed before this time away for good. */
  sweep(before: number): Promise<void>
  /** Bytes of this page's storage, where the browser tells. */
  room(): Promise<{ used: number; quota: number } | undefined>
  /** The right to write the run; undefined while another tab has it. It ends when called, or with the page. */
  claim(id: string): Promise<Release | undefined>
}

/** Resolves when another may have it. */
export type Release = () => Promise<void>
