/** Every ONNX file of a folder of models, verified: a row of Markdown for each, as it is done; refused files with their sentence. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Proof } from '../policy/host'
import { most } from '../proof/difference'
import { BadInput } from './arguments'
import { describeModel } from './model'
import { verifyModel } from './verify-model'

export type TableRow = Proof | { model: string; file: string; refused: string } | { model: string; file: string; error: string }

const HEADER = [
  '| model | file | weights | dialect | reference | largest \\|Δ log-prob\\| | from f64 | greedy | gradients | adapter off |',
  '|---|---|---|---|---|---|---|---|---|---|',
]

/** The folder itself where it holds a model, else the models right in it: each with its ONNX files, in the order of names. */
export async function listFiles(folder: string): Promise<{ model: string; file: string }[]> {
  const within = existsSync(folder) ? await readdir(folder, { withFileTypes: true }) : []
  const folders = within.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
  const models = [folder, ...folders].filter((path) => existsSync(join(path, 'config.json')))
  const found: { model: string; file: string }[] = []
  for (const model of models.sort()) {
    const names = existsSync(join(model, 'onnx')) ? await readdir(join(model, 'onnx')) : []
    for (const name of names.filter((each) => each.endsWith('.onnx')).sort()) found.push({ model, file: `onnx/${name}` })
  }
  if (found.length === 0) {
    throw new BadInput(`--all: there is no model in ${folder}; name a folder that holds config.json and onnx/*.onnx, or such folders.`)
  }
  return found
}

export async function verifyAll(folder: string, print: (line: string) => void): Promise<TableRow[]> {
  const rows: TableRow[] = []
  for (const [at, { model, file }] of (await listFiles(folder)).entries()) {
    const row = await verifyOne(model, file)
    if (at === 0) {
      if ('device' in row) print(`On ${row.device}.\n`)
      HEADER.forEach(print)
    }
    rows.push(row)
    print(lineOf(row))
  }
  print(`\n${summary(rows)}`)
  return rows
}

/** A refusal or a failure is a row too. */
async function verifyOne(model: string, file: string): Promise<TableRow> {
  try {
    await describeModel(model, file)
  } catch (error) {
    return { model, file, refused: (error as Error).message }
  }
  try {
    return await verifyModel({ model, file, brief: true })
  } catch (error) {
    return { model, file, error: (error as Error).message.split('\n')[0]! }
  }
}

export function lineOf(row: TableRow): string {
  const name = `| ${basename(resolve(row.model))} | ${basename(row.file, '.onnx')} |`
  if ('refused' in row) return `${name} refused: ${row.refused} | | | | | | | |`
  if ('error' in row) return `${name} **failed**: ${row.error} | | | | | | | |`
  const { dtype, dialect, reference, logprob, dequantised, limit, greedy, gradientLimit, adapter } = row
  const judged = (value: number, allowed: number) => (value <= allowed ? value.toExponential(1) : `**${value.toExponential(1)}**`)
  const worst = most(row.gradients.map(({ relative }) => relative))
  const exact = reference === 'dequantised' ? logprob : dequantised
  const { equal, ties, of } = greedy
  const continuations = `${equal} of ${of}${ties > 0 ? `, ${ties} near-ties` : ''}`
  return [
    `${name} ${dtype} | ${dialect} | ${reference} | ${judged(logprob.maxAbs, limit)} | ${exact ? judged(exact.maxAbs, limit) : ''}`,
    equal + ties === of ? continuations : `**${continuations}**`,
    judged(worst, gradientLimit),
    `${adapter.off === 0 ? 'equal' : `**${adapter.off.toExponential(1)}**`} |`,
  ].join(' | ')
}

function summary(rows: TableRow[]): string {
  const done = rows.filter((row) => 'pass' in row)
  const [refused, failed] = [rows.filter((row) => 'refused' in row).length, rows.filter((row) => 'error' in row).length]
  const agree = done.filter(({ pass }) => pass).length
  const limits = [...new Set(done.map(({ limit, gradientLimit }) => `log-probs ${limit}, gradients ${gradientLimit}`))].join(' or ')
  const parts = [`${agree} of ${rows.length} files agree`, `${done.length - agree} do not`, `${failed} failed`, `${refused} are refused`]
  return `${parts.join(', ')}${limits ? ` (limits: ${limits})` : ''}.`
}
