/** What is fuzzed: for each kind of input its damaged forms, and what reads them as the page and the commands do. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync, strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { readJson } from '../../graders/json'
import { compile } from '../../graders/openai/compile'
import { isParquet, jsonLinesOf } from '../../hub/parquet'
import { readModel } from '../../onnx/model'
import { memory, tinyFile, TINY_CONFIG } from '../../onnx/fixture'
import { readSafetensors, writeSafetensors } from '../../onnx/safetensors'
import { readCheckpoint, writeCheckpoint } from '../../runs/checkpoint'
import { newEntry } from '../../runs/library/entry'
import { readIncoming } from '../../runs/library/incoming'
import { readRecording, writeRecording, type Recorded } from '../../runs/library/recording'
import { readRunFile, writeRunFile } from '../../runs/library/runfile'
import { importJob } from '../../runs/rft-job'
import { readLink, specToFragment } from '../../runs/share'
import { parseSpec, type RunSpec } from '../../runs/spec'
import { preview, previewText } from '../../tasks/data-preview'
import { tasks } from '../../tasks/index'
import type { TaskKind } from '../../tasks/task'
import { PARQUET, ROWS } from '../../runs/formats.fixture'
import { bombs } from './bombs'
import { damage, damageJson, pick, type Random } from './mutate'

export interface Kind {
  /** One damaged input. */
  input: (random: Random) => Uint8Array
  /** Reads it to the end; throws one sentence where it is refused. */
  read: (bytes: Uint8Array) => unknown
}

const ROOT = join(import.meta.dirname, '../../..')
const file = (path: string) => new Uint8Array(readFileSync(join(ROOT, path)))
const json = (path: string): unknown => JSON.parse(strFromU8(file(path)))
const list = (folder: string) => readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.json')).map((name) => `${folder}/${name}`)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** A text of JSON: its bytes damaged, or its structure. */
const ofJson = (values: readonly unknown[]) => (random: Random) => {
  const value = pick(values, random)
  return random() < 0.3 ? damage(strToU8(JSON.stringify(value)), random) : strToU8(damageJson(value, random))
}
let uses = 0
/** What an accepted spec goes through next; the link, which takes long to make, of every tenth. */
function goOnWith(spec: RunSpec): void {
  const again = parseSpec(JSON.stringify(spec))
  if (uses++ % 10 === 0) specToFragment(again)
}

export function kindsOf(): Record<string, Kind> {
  const specs = list('examples').map(json)
  const parsed = specs.map(parseSpec)
  const run = sample()
  const entry = newEntry(run.spec, [], { step: 2 })
  const header = { spec: run.spec, position: { step: 2, numTokens: 90, generatedTokens: 40, questions: 8, state: { kl: 0.1 }, rate: 0.5 } }
  const checkpoint = writeCheckpoint({ ...header, evaluations: run.evaluations, seconds: 3, policy: new Uint8Array(400).fill(7) })
  const runfile = writeRunFile({ entry, reports: [...run.reports], evaluations: [...run.evaluations] }, { checkpoint, adapter: { 'adapter_config.json': strToU8('{}') } })
  const recording = writeRecording(run, 6000)
  const links = parsed.flatMap((spec) => [specToFragment(spec, 'tiled'), `#spec=${btoa(JSON.stringify({ steps: spec.steps }))}`])
  const graders = [...list('examples/rft/graders').map(json), (json('examples/rft/job.json') as Job).method.reinforcement.grader]
  const tensors = [3, 4].map((n): [string, { shape: number[]; data: Float32Array }] => [`t${n}`, { shape: [n, 2], data: new Float32Array(2 * n).fill(0.5) }])
  const safetensors = writeSafetensors(tensors)
  const config = { ...TINY_CONFIG, rope_scaling: { type: 'yarn', factor: 2, original_max_position_embeddings: 4 } }
  const zips = bombs()

  return {
    spec: { input: ofJson(specs), read: (bytes) => goOnWith(parseSpec(text(bytes))) },
    url: { input: (random) => address(pick(links, random), random), read: (bytes) => {
      const link = readLink(`http://localhost/${text(bytes)}`)
      if (link) goOnWith(link.spec)
    } },
    run: { input: (random) => (random() < 0.02 ? pick(zips.zip, random) : zipped(runfile, random)), read: (bytes) => {
      const { spec, ...rest } = readRunFile(bytes)
      goOnWith(spec)
      writeRunFile({ ...rest, entry: { ...entry, spec } })
    } },
    recording: { input: (random) => (random() < 0.02 ? pick(zips.gzip, random) : gzipped(recording, random)), read: (bytes) => {
      const back = readRecording(bytes)
      goOnWith(back.spec)
      writeRecording(back, 1e9)
    } },
    checkpoint: { input: (random) => checkpointOf(checkpoint, random), read: (bytes) => {
      const saved = readCheckpoint(bytes)
      goOnWith(saved.spec)
      writeCheckpoint(saved)
    } },
    incoming: { input: (random) => damage(pick([runfile, recording, checkpoint, safetensors, strToU8(JSON.stringify(specs[0]))], random), random),
      read: (bytes) => void readIncoming('x', bytes) },
    safetensors: { input: (random) => tensorFile(safetensors, random), read: (bytes) => void readSafetensors(bytes, 'adapter.safetensors') },
    onnx: onnx(JSON.stringify(config)),
    data: data(),
    grader: { input: ofJson(graders), read: grade },
    job: job(),
  }
}

interface Job { method: { reinforcement: { grader: unknown } } }

/** A short run, from the one that comes with the page. */
function sample(): Recorded {
  const folder = 'public/recordings'
  const name = readdirSync(join(ROOT, folder)).find((each) => each.endsWith('.gz'))!
  const { reports, evaluations, ...rest } = readRecording(file(`${folder}/${name}`))
  const cut = reports.filter(({ groups }) => groups.length > 0).slice(0, 2).map((report) => ({ ...report, groups: report.groups.slice(0, 2) }))
  return { ...rest, reports: cut, evaluations: evaluations.slice(0, 2) }
}

function address(link: string, random: Random): Uint8Array {
  if (random() < 0.5) return damage(strToU8(link), random)
  const parts = link.split('&')
  const more = ['__proto__.x=1', 'constructor.prototype.x=1', 'task=ledger', 'steps=1e999', 'steps=(a:!(', 'algorithm.name.x=1', 'seed=-0', 'x=%', 'x=%ff',
    `steps=${'!('.repeat(5000)}`, `notes=${'(a:'.repeat(5000)}`, `model='${'!'.repeat(9999)}`, `notes.${'a.'.repeat(20_000)}=1`, `model=${'%41'.repeat(60_000)}`, '@tier=!n']
  for (let n = 1 + Math.floor(random() * 3); n > 0; n--) parts.splice(Math.floor(random() * parts.length), random() < 0.5 ? 1 : 0, pick(more, random))
  return strToU8(parts.join('&'))
}

/** Damage to the zip, or to a file in it whose sum is then not checked. */
function zipped(whole: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.3) return damage(whole, random)
  const { 'run.json': head, ...files }: Record<string, Uint8Array> = unzipSync(whole)
  const name = pick(Object.keys(files), random)
  if (random() < 0.1) delete files[name]
  else files[name] = ofText(files[name]!, name.startsWith('checkpoint') ? 'bytes' : name.endsWith('.jsonl') ? 'lines' : 'json', random)
  const about = random() < 0.5 ? undefined : strToU8(damageJson(JSON.parse(strFromU8(head!)), random))
  return zipSync({ ...(about && { 'run.json': about }), ...files }, { level: 1 })
}

function ofText(bytes: Uint8Array, form: 'bytes' | 'lines' | 'json', random: Random): Uint8Array {
  if (form === 'bytes' || random() < 0.2) return damage(bytes, random)
  if (form === 'json') return strToU8(damageJson(JSON.parse(strFromU8(bytes)), random))
  const lines = strFromU8(bytes).split('\n').filter(Boolean)
  const at = Math.floor(random() * lines.length)
  lines[at] = damageJson(JSON.parse(lines[at]!), random)
  return strToU8(lines.join('\n'))
}

function gzipped(whole: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.3) return damage(whole, random)
  const inside = ofText(gunzipSync(whole), 'json', random)
  return random() < 0.5 ? inside : gzipSync(inside, { level: 1 })
}

function checkpointOf(whole: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.3) return damage(whole, random)
  const length = new DataView(whole.buffer, whole.byteOffset).getUint32(12, true)
  const header = strToU8(damageJson(JSON.parse(strFromU8(whole.subarray(16, 16 + length))), random))
  const start = whole.slice(0, 16)
  new DataView(start.buffer).setUint32(12, header.length, true)
  const bytes = new Uint8Array(16 + header.length + whole.length - 16 - length)
  bytes.set(start)
  bytes.set(header, 16)
  bytes.set(whole.subarray(16 + length), 16 + header.length)
  return bytes
}

function tensorFile(whole: Uint8Array, random: Random): Uint8Array {
  if (random() < 0.5) return damage(whole, random)
  const length = Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true))
  const header = strToU8(damageJson(JSON.parse(strFromU8(whole.subarray(8, 8 + length))), random))
  const bytes = new Uint8Array(8 + header.length + whole.length - 8 - length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(header, 8)
  bytes.set(whole.subarray(8 + length), 8 + header.length)
  return bytes
}

/** A tiny file whole, and the start of a real one, where its graph is. */
function onnx(config: string): Kind {
  const models = [{ config, file: tinyFile() }]
  const real = 'fixtures/trl_run/checkpoint'
  if (existsSync(join(ROOT, real))) models.push({ config: strFromU8(file(`${real}/config.json`)), file: file(`${real}/onnx/model.onnx`) })
  let from = models[0]!
  return {
    input(random) {
      from = random() < 0.8 ? models[0]! : models.at(-1)!
      const head = Math.min(20_000, from.file.length)
      const start = damage(from.file.subarray(0, head), random)
      const bytes = new Uint8Array(start.length + from.file.length - head)
      bytes.set(start)
      bytes.set(from.file.subarray(head), start.length)
      return bytes
    },
    async read(bytes) {
      const { weights, rope } = await readModel(memory({ 'config.json': from.config, 'onnx/model.onnx': bytes }))
      const { embedding, head, layers, finalNorm } = weights
      const linears = layers.flatMap(({ q, k, v, o, gate, up, down }) => [q, k, v, o, gate, up, down])
      for (const source of [embedding, ...(head ? [head] : []), ...linears, finalNorm]) await source.read()
      await rope.tables(4)
    },
  }
}

/** Rows as JSON lines, JSON, CSV, TSV and Parquet, read as tasks do. */
function data(): Kind {
  const rows = [...Object.values(ROWS).flat(), { messages: [{ role: 'user', content: 'Say x.' }], answer: 'x', tools: [{ name: 'f' }] }]
  const names = ['data', 'messages', 'gsm8k', 'math500', 'svamp', 'mathqa'] as const
  const parquet = Object.values(PARQUET).map((each) => Uint8Array.from(atob(each), (letter) => letter.charCodeAt(0)))
  const table = (comma: string) => Object.values(ROWS).map((each) =>
    [Object.keys(each[0]!), ...each.map((row) => Object.values(row))].map((cells) => cells.map((cell) => JSON.stringify(String(cell))).join(comma)).join('\n'))
  let address = ''
  let task: TaskKind = tasks.data
  return {
    input(random) {
      task = tasks[random() < 0.5 ? 'data' : pick(names, random)]
      const kind = pick(['jsonl', 'json', 'csv', 'tsv', 'parquet'], random)
      address = `rows.${kind}`
      if (kind === 'parquet') return damage(pick(parquet, random), random)
      if (kind === 'csv' || kind === 'tsv') return damage(strToU8(pick(table(kind === 'csv' ? ',' : '\t'), random)), random)
      if (kind === 'json') return strToU8(damageJson(pick(Object.values(ROWS), random), random))
      return strToU8([damageJson(pick(rows, random), random), JSON.stringify(pick(rows, random))].join('\n'))
    },
    async read(bytes) {
      const read = isParquet(bytes) ? await jsonLinesOf(bytes, address) : bytes
      const opened = task.create({ ...task.settings.parse({}), train: address, test: address }, [read, read])
      previewText([...preview(opened, 'train', 3), ...preview(opened, 'test', 3)])
    },
  }
}

async function grade(bytes: Uint8Array): Promise<void> {
  const { run, grader } = compile(readJson(text(bytes)))
  const kinds = grader.type === 'multi' ? Object.values(grader.graders).map(({ type }) => type) : [grader.type]
  if (kinds.some((kind) => kind === 'python' || kind === 'score_model')) return // these run in a sandbox and at a server
  await run({ text: '<ans> 12 {"a": 1}', finish: 'stop', item: { answer: '12' } })
}

function job(): Kind {
  const given = json('examples/rft/job.json')
  const rows = { 'train.jsonl': file('examples/rft/train.jsonl').slice(0, 3000), 'test.jsonl': file('examples/rft/test.jsonl').slice(0, 3000) }
  const whole = Object.fromEntries(Object.entries(rows).map(([name, bytes]) => [name, bytes.slice(0, bytes.lastIndexOf(10))]))
  return {
    input: ofJson([given]),
    async read(bytes) {
      const { spec } = await importJob(text(bytes), {
        address: (path) => path,
        file: (path) => (Object.hasOwn(whole, path) ? Promise.resolve(whole[path]!) : Promise.reject(new Error(`this file of the job is not there.`))),
      })
      goOnWith(spec)
    },
  }
}
