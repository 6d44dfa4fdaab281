/** The library of runs over tables and files, wherever these are. */
import type { Evaluation, GroupRecord, StepReport } from '../../rl/report'
import { readCheckpoint } from '../checkpoint'
import type { Base, Tables } from './base'
import type { Files } from './blobs'
import type { RunEntry } from './entry'
import type { RunLibrary } from './library'

export interface Surroundings {
  files: Files
  claim: RunLibrary['claim']
  room?: RunLibrary['room']
  forgets?: string
}

/** Tokens whose texts are read with a run. */
const SHOWN = 1_000_000

export function createLibrary(base: Base, { files, claim, room, forgets }: Surroundings): RunLibrary {
  const entryOf = async (tables: Tables, id: string): Promise<RunEntry> => {
    const entry = (await tables.get('runs', id)) as RunEntry | undefined
    if (!entry) throw new Error(`there is no run ${id} in this browser; it may have been removed in another tab.`)
    return entry
  }
  const alter = (id: string, work: (entry: RunEntry, tables: Tables) => Promise<RunEntry>) =>
    base.change(async (tables) => {
      const entry = await work(await entryOf(tables, id), tables)
      await tables.put('runs', id, entry)
      return entry
    })
  const bytesOf = async (id: string, name: string) => {
    const blob = await files.get(id, name)
    return blob && new Uint8Array(await blob.arrayBuffer())
  }

  return {
    ...(forgets !== undefined && { forgets }),
    async list() {
      const entries = (await base.change((tables) => tables.all('runs'))) as RunEntry[]
      return entries.filter(({ removed }) => removed === undefined).sort((a, b) => b.created - a.created)
    },
    add: (entry) => base.change((tables) => tables.put('runs', entry.id, entry)),
    async put({ entry, reports, evaluations }, { checkpoint, adapter } = {}) {
      if (checkpoint) await files.put(entry.id, slotName(0), checkpoint as Uint8Array<ArrayBuffer>)
      for (const [name, bytes] of Object.entries(adapter ?? {})) await files.put(entry.id, name, bytes as Uint8Array<ArrayBuffer>)
      const saved = checkpoint && readCheckpoint(checkpoint).position
      const [report, evaluation] = [reports.at(-1), evaluations.at(-1)]
      const { reward, generated_tokens: tokens = saved?.generatedTokens ?? 0 } = report?.metrics ?? {}
      const whole: RunEntry = {
        ...entry, step: report?.step ?? saved?.step ?? 0, tokens,
        ...(reward !== undefined && { reward }), ...(evaluation && { accuracy: evaluation.accuracy, seconds: evaluation.seconds }),
        ...(checkpoint && { checkpoint: { slot: 0, step: saved!.step, bytes: checkpoint.length } }),
        ...(adapter && { adapter: Object.keys(adapter) }),
        bytes: reports.reduce((sum, { groups }) => sum + 8 * countPieces(groups) + 1000, 0),
      }
      await base.change(async (tables) => {
        await tables.put('runs', whole.id, whole)
        // all of them asked for at once: the database takes them in a fraction of the time
        const rows = reports.map((row) => putReport(tables, whole.id, row))
        await Promise.all([...rows, ...evaluations.map((row) => tables.put('evaluations', [whole.id, row.step], row))])
      })
      return whole
    },
    read: (id, what = 'shown') =>
      base.change(async (tables) => {
        const entry = await entryOf(tables, id)
        const reports = (await tables.all('steps', id)) as StepReport[]
        let tokens = 0
        for (const report of reports.toReversed()) {
          if (what === 'curves' || (what === 'shown' && tokens >= SHOWN)) break
          report.groups = ((await tables.get('groups', [id, report.step])) as GroupRecord[] | undefined) ?? []
          tokens += countPieces(report.groups)
        }
        return { entry, reports, evaluations: (await tables.all('evaluations', id)) as Evaluation[] }
      }),
    async append(id, { report, evaluation, checkpoint, entry: fields }) {
      const saved = checkpoint && readCheckpoint(checkpoint).position.step
      const before = checkpoint && (await base.change((tables) => entryOf(tables, id)))
      const slot = before?.checkpoint?.slot === 0 ? 1 : 0
      if (checkpoint) await files.put(id, slotName(slot), checkpoint as Uint8Array<ArrayBuffer>)
      return alter(id, async (entry, tables) => {
        let bytes = 0
        if (report) {
          await putReport(tables, id, report)
          bytes += 8 * countPieces(report.groups) + 1000
        }
        if (evaluation) await tables.put('evaluations', [id, evaluation.step], evaluation)
        const { reward, generated_tokens: tokens } = report?.metrics ?? {}
        return {
          ...entry,
          ...(report && { step: report.step }),
          ...(reward !== undefined && { reward }),
          ...(tokens !== undefined && { tokens }),
          ...(evaluation && { accuracy: evaluation.accuracy, seconds: evaluation.seconds }),
          ...(report && { seconds: entry.seconds + (report.metrics.step_time ?? 0) }),
          // a checkpoint beyond the rows would leave a gap
          ...(checkpoint && saved! <= (report?.step ?? entry.step) && { checkpoint: { slot, step: saved!, bytes: checkpoint.length } }),
          ...fields,
          bytes: entry.bytes + bytes,
          updated: Date.now(),
        }
      })
    },
    async checkpoint(id) {
      const { checkpoint } = await base.change((tables) => entryOf(tables, id))
      if (!checkpoint) return undefined
      for (const slot of [checkpoint.slot, 1 - checkpoint.slot]) {
        const bytes = await bytesOf(id, slotName(slot))
        if (bytes && isWhole(bytes, slot === checkpoint.slot ? checkpoint.bytes : undefined)) return bytes
      }
      throw new Error('both checkpoints of this run are damaged, so it cannot go on; its curves and groups can still be opened.')
    },
    cutBack: (id, step, evaluations) =>
      alter(id, async (entry, tables) => {
        for (const table of ['steps', 'groups'] as const)
          for (const key of await tables.keys(table, id)) if (Number(key) > step) await tables.delete(table, [id, key])
        for (const key of await tables.keys('evaluations', id)) await tables.delete('evaluations', [id, key])
        for (const evaluation of evaluations) await tables.put('evaluations', [id, evaluation.step], evaluation)
        const { failure: _, ...rest } = entry
        return { ...rest, step, state: 'open', updated: Date.now() }
      }),
    async putAdapter(id, parts) {
      for (const [name, bytes] of Object.entries(parts)) await files.put(id, name, bytes as Uint8Array<ArrayBuffer>)
      await alter(id, (entry) => Promise.resolve({ ...entry, adapter: Object.keys(parts) }))
    },
    async adapter(id) {
      const { adapter } = await base.change((tables) => entryOf(tables, id))
      const parts = await Promise.all((adapter ?? []).map(async (name) => [name, await bytesOf(id, name)] as const))
      const whole = parts.filter((part): part is readonly [string, Uint8Array<ArrayBuffer>] => part[1] !== undefined)
      return adapter && whole.length === parts.length ? Object.fromEntries(whole) : undefined
    },
    change: (id, fields) =>
      alter(id, (entry) => Promise.resolve({ ...entry, ...fields })),
    async sweep(before) {
      const entries = (await base.change((tables) => tables.all('runs'))) as RunEntry[]
      for (const { id, removed } of entries) {
        if (removed === undefined || removed > before) continue
        await files.remove(id)
        await base.change(async (tables) => {
          for (const table of ['steps', 'groups', 'evaluations'] as const)
            for (const key of await tables.keys(table, id)) await tables.delete(table, [id, key])
          await tables.delete('runs', id)
        })
      }
    },
    room: () => (room ? room() : Promise.resolve(undefined)),
    claim,
  }
}

async function putReport(tables: Tables, id: string, { groups, tokens: _, ...row }: StepReport): Promise<void> {
  await tables.put('steps', [id, row.step], { ...row, groups: [] })
  if (groups.length > 0) await tables.put('groups', [id, row.step], groups)
}

const slotName = (slot: number) => `checkpoint-${slot}`

function isWhole(bytes: Uint8Array, length: number | undefined): boolean {
  try {
    readCheckpoint(bytes)
    return length === undefined || bytes.length === length
  } catch {
    return false
  }
}

function countPieces(groups: readonly GroupRecord[]): number {
  return groups.reduce((sum, { completions }) => sum + completions.reduce((all, { pieces }) => all + pieces.length, 0), 0)
}
