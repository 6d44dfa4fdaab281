/** Runs out to files and in from them; loaded when the first file is wanted. */
import { newEntry } from '../../runs/library/entry'
import { readIncoming } from '../../runs/library/incoming'
import type { KeptRun, RunLibrary } from '../../runs/library/library'
import { writeRecording } from '../../runs/library/recording'
import { metricsCsv, metricsJsonl } from '../../runs/library/rows'
import { LIMITS, writeRunFile, type RunFile } from '../../runs/library/runfile'
import type { Player } from '../player'
import type { PageStore } from '../store'
import { toDraft } from '../draft'
import { download, fileName } from './download'
import { aboutOf } from './entryWords'
import { say } from '../words/say'

/** What a run can be saved as. */
export type SaveAs = 'run' | 'csv' | 'jsonl' | 'recording'

export async function saveRun(library: RunLibrary, store: PageStore, id: string, as: SaveAs): Promise<void> {
  const kept = await library.read(id, as === 'run' || as === 'recording' ? 'whole' : 'curves')
  const name = fileName(kept.entry.name)
  if (as === 'csv') return download(`${name}.csv`, metricsCsv(kept), 'text/csv')
  if (as === 'jsonl') return download(`${name}.jsonl`, metricsJsonl(kept), 'application/jsonl')
  if (as === 'recording') return download(`${name}.json.gz`, recordingBytes(kept, store), 'application/gzip')
  const [checkpoint, adapter] = await Promise.all([library.checkpoint(id).catch(() => undefined), library.adapter(id)])
  download(`${name}.zip`, writeRunFile(kept, { checkpoint, adapter }), 'application/zip')
}

/** With the numbers of the tokens where the page still has them: those of the run that it shows. */
function recordingBytes({ entry, reports, evaluations }: KeptRun, store: PageStore): Uint8Array {
  const page = store.getState()
  const shown = page.kept === entry.id ? new Map(page.reports.map((report) => [report.step, report])) : new Map<number, KeptRun['reports'][number]>()
  const { name, spec } = entry
  return writeRecording({ name, about: aboutOf(entry), spec, reports: reports.map((report) => shown.get(report.step) ?? report), evaluations })
}

/** Takes a file in, whatever it is. Rejects with one sentence. */
export async function takeFile(file: File, { library, store, player }: { library: RunLibrary; store: PageStore; player: Player }): Promise<void> {
  if (file.size > LIMITS.file) throw new Error(say`the file ${file.name} has ${file.size} bytes, more than the ${LIMITS.file} that are
    read.`)
  const incoming = readIncoming(file.name, new Uint8Array(await file.arrayBuffer()))
  if (incoming.kind === 'spec') {
    await player.reset()
    return store.setState({ draft: toDraft(incoming.spec), complaint: undefined })
  }
  if (incoming.kind === 'recording') return player.show(incoming.run, 0)
  const { entry, reports, evaluations } = await putRun(library, incoming.run)
  await player.show({ id: entry.id, name: entry.name, about: aboutOf(entry), spec: entry.spec, reports, evaluations })
}

/** A run from a file as a new one of the library. */
export async function putRun(library: RunLibrary, { about, spec, reports, evaluations, checkpoint, adapter }: RunFile): Promise<KeptRun> {
  const { name, note, created, place, tier, done } = about
  const more = Object.fromEntries(Object.entries({ name, note, created, place, tier }).filter(([, value]) => value !== undefined))
  const last = reports.at(-1)?.step ?? 0
  const state = (done ?? last >= spec.steps) ? ('done' as const) : ('stopped' as const)
  const entry = newEntry(spec, await library.list(), { ...more, state })
  return { entry: await library.put({ entry, reports, evaluations }, { checkpoint, adapter }), reports, evaluations }
}
