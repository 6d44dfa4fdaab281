/** For tests: a random adapter, the file that it is merged into, and both sets of log-probs. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '../engine/cases'
import { loraPlaces } from '../engine/lora'
import { adaptersOf, CONFIG_FILE, readPeft, TENSORS_FILE, writePeft } from '../engine/peft'
import { plannedModel } from '../engine/plan'
import { openDisk } from '../hub/disk'
import { mergeModel, type Merged, type MergedType } from '../onnx/merge'
import { readModel } from '../onnx/model'
import { scan } from '../onnx/scan'
import { seeded } from '../onnx/fixture'
import { LORA_TARGETS, type Tokens } from '../policy/policy'
import { OrtReference, type Ort } from './ort'
import { roundsActivations } from './ort-graph'

/** Rank 3 on all linears, of a size that moves log-probs by a lot. */
export async function randomAdapter(folder: string, file: string): Promise<Record<string, Uint8Array>> {
  const { config } = plannedModel(await readModel(openDisk(folder), file))
  const shape = { rank: 3, scale: 2, targets: [...LORA_TARGETS] }
  const random = seeded(7)
  const tensors = loraPlaces(config, shape).map(({ name, shape: [high, width] }): [string, { shape: number[]; data: Float32Array }] =>
    [name, { shape: [high, width], data: Float32Array.from({ length: high * width }, () => (random() - 0.5) * 0.15) }])
  return writePeft(folder, shape, 6, tensors)
}

export const rowsOf = (vocabulary: number, seed = 11): Tokens[] => {
  const random = seeded(seed)
  return [20, 20, 7].map((length) => Array.from({ length }, () => Math.floor(random() * vocabulary)))
}

export interface MergeCheck extends Merged {
  /** Largest differences of log-probs: what the adapter does; our reading of the merged file; ONNX Runtime's. */
  moved: number
  ours: number
  ort: number | string
}

/** Rejects where the file cannot be merged into. */
export async function checkMerge(folder: string, file: string, type: MergedType, ort: Ort, given?: Record<string, Uint8Array>): Promise<MergeCheck> {
  const files = given ?? (await randomAdapter(folder, file))
  const merged = await mergeModel(openDisk(folder), file, adaptersOf(readPeft(files)), type)
  const place = mkdtempSync(join(tmpdir(), 'etude-merge-'))
  try {
    const adapter = join(place, 'adapter')
    mkdirSync(adapter)
    for (const name of [CONFIG_FILE, TENSORS_FILE]) writeFileSync(join(adapter, name), files[name]!)
    cpSync(join(folder, 'config.json'), join(place, 'config.json'))
    mkdirSync(join(place, 'onnx'))
    writeFileSync(join(place, 'onnx/model.onnx'), merged.bytes)
    const { config } = await readModel(openDisk(folder), file)
    const rows = rowsOf(config.vocabulary)
    const batch = { rows: rows.map((row) => ({ prompt: row.slice(0, 1), completion: row.slice(1) })), temperature: 1 }
    const policy = await openEngine(folder, adapter, { file })
    const [wanted, bare] = [await policy.logprobs(batch, 'current'), await policy.logprobs(batch, 'off')]
    await policy.close()
    const back = await openEngine(place)
    const ours = await back.logprobs(batch, 'off')
    await back.close()
    return { ...merged, moved: worst(bare, wanted), ours: worst(ours, wanted), ort: await byOrt(ort, { folder, file }, place, rows, wanted) }
  } finally {
    rmSync(place, { recursive: true })
  }
}

/** The largest difference; why ONNX Runtime does not count: it rounds activations, or does not run the base file either. */
async function byOrt(ort: Ort, base: { folder: string; file: string }, place: string, rows: Tokens[], wanted: number[][]): Promise<number | string> {
  const opened = await openOrt(ort, place, 'onnx/model.onnx').catch(async (error: unknown) => {
    const own = await openOrt(ort, base.folder, base.file).catch((reason: unknown) => reason as Error)
    if (own instanceof Error) return `ONNX Runtime does not run the base file either: ${own.message.slice(0, 200)}`
    if (own instanceof OrtReference) await own.close()
    throw error
  })
  if (typeof opened === 'string') return opened
  const theirs = await opened.logprobs(rows)
  await opened.close()
  return worst(theirs, wanted)
}

async function openOrt(ort: Ort, folder: string, file: string): Promise<OrtReference | string> {
  const repository = openDisk(folder)
  const { config, activations } = await readModel(repository, file)
  const graph = await scan((offset, length) => repository.read(file, offset, length), await repository.size(file), file)
  const why = activations === 'float' ? undefined : roundsActivations(graph)
  return why ?? OrtReference.open(ort, repository, file, graph, config)
}

function worst(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((row, i) => row.map((x, t) => Math.abs(x - b[i]![t]!))))
}
