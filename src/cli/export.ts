/**
 * npm run export -- --run DIR --merged FILE.onnx [--dtype f32|f16|q4]: the model of a run with its adapter merged in, as one ONNX file that
 * ONNX Runtime and transformers.js run, and how far its log-probs are from those of the trained policy, on test problems of the run.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { adaptersOf, readPeft } from '../engine/peft'
import { MERGED_TYPES, mergeModel, type MergedType } from '../onnx/merge'
import { readModel } from '../onnx/model'
import type { Repository } from '../onnx/repository'
import { scan } from '../onnx/scan'
import type { Tokens } from '../policy/policy'
import { OrtReference } from '../proof/ort'
import { roundsActivations } from '../proof/ort-graph'
import { loadTokenizer } from '../rl/tokenizer'
import { openTask } from '../runs/context'
import { parseSpec, type RunSpec } from '../runs/spec'
import { asInput, BadInput, parseOptions, readInput } from './arguments'
import { chooseDevice } from './device'
import { describeModel, PUBLIC } from './model'

const USAGE = 'npm run export -- --run DIR --merged FILE.onnx [--dtype f32|f16|q4]'
/** Test problems that are scored. */
const PROBLEMS = 16

export async function exportCommand(args: string[]): Promise<number> {
  const { run, merged: target, dtype = 'f32' } = parseOptions(args, ['run', 'merged', 'dtype'], ['run', 'merged'], USAGE)
  if (!MERGED_TYPES.includes(dtype as MergedType)) throw new BadInput(`--dtype is ${dtype}, but must be ${MERGED_TYPES.join(', ')}.`)
  if (!target.endsWith('.onnx')) throw new BadInput(`--merged is ${target}; its name must end in .onnx.`)
  const spec = parseSpec(await readInput(join(run, 'spec.json'), 'the spec'))
  const folder = join(run, 'adapter')
  if (!existsSync(folder)) throw new BadInput(`${run} holds no adapter/: the run has not come to its end; go on with npm run train.`)
  const adapter = Object.fromEntries(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]))
  const { repository, file } = await describeModel(spec.model, spec.file)
  const { bytes, error, adapted, linears } = await asInput(() => mergeModel(repository, file, adaptersOf(readPeft(adapter)), dtype as MergedType))
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, bytes)
  console.log(`${target}: ${(bytes.length / 1e6).toFixed(1)} MB, ${adapted} of ${linears} linears with an adapter, weights ${percent(error)} off; lay it as onnx/model.onnx beside the model's config.json and tokenizer.`)
  console.log(await measure(spec, file, adapter, bytes))
  return 0
}

const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`

/** A sentence on the merged file's log-probs in ONNX Runtime, beside the policy's with its adapter. */
async function measure(spec: RunSpec, file: string, adapter: Record<string, Uint8Array>, bytes: Uint8Array): Promise<string> {
  if ((await chooseDevice('auto')) !== 'node') return 'Its log-probs are not measured: no WebGPU adapter is found from Node.'
  const { repository } = await describeModel(spec.model, spec.file)
  const beside = inMemory(repository, file, bytes)
  const { config, activations } = await readModel(beside, file)
  const graph = await scan((offset, length) => beside.read(file, offset, length), bytes.length, file)
  const why = activations === 'float' ? undefined : roundsActivations(graph)
  if (why !== undefined) return `Its log-probs are not measured: ${why}.`
  const { openNodeHost } = await import('../workers/node')
  const host = await openNodeHost({ modelRoot: PUBLIC })
  try {
    const policy = await host.open({ model: spec.model, ...(spec.file !== undefined && { file: spec.file }), adapter: { ...spec.adapter, seed: 0 }, start: adapter })
    const rows = await problemsOf(spec, (path) => host.file(spec.model, path), policy.info.eos)
    const wanted = await policy.logprobs({ rows: rows.map((row) => ({ prompt: row.slice(0, 1), completion: row.slice(1) })), temperature: 1 }, 'current')
    await policy.close()
    const reference = await OrtReference.open(await import('onnxruntime-web'), beside, file, graph, config)
    const found = await reference.logprobs(rows)
    await reference.close()
    const off = found.flatMap((row, i) => row.map((x, t) => Math.abs(x - wanted[i]![t]!)))
    const mean = off.reduce((a, b) => a + b, 0) / off.length
    return `Log-probs in ONNX Runtime differ from the policy's by up to ${Math.max(...off).toExponential(1)}, on average by ${mean.toExponential(1)}, over ${off.length} tokens of ${rows.length} test problems.`
  } finally {
    await host.close()
  }
}

/** Prompts and solutions of the run's test problems. */
async function problemsOf(spec: RunSpec, read: (path: string) => Promise<string>, eos: readonly number[]): Promise<Tokens[]> {
  const [tokenizer, task] = [await loadTokenizer(read), await openTask(spec.task)]
  return Array.from({ length: PROBLEMS }, (_, i) => {
    const example = task.example('test', i)
    return [...tokenizer.prompt(task.prompt(example)), ...tokenizer.completion(task.solution(example), eos)]
  })
}

/** The model's folder with another file in the place of its own. */
function inMemory(repository: Repository, file: string, bytes: Uint8Array): Repository {
  const own = (path: string) => basename(path) === basename(file)
  return {
    id: repository.id,
    size: (path) => (own(path) ? Promise.resolve(bytes.length) : repository.size(path)),
    read: (path, offset, length) => (own(path) ? Promise.resolve(bytes.slice(offset, offset + length)) : repository.read(path, offset, length)),
    text: (path) => repository.text(path),
    exists: (path) => (own(path) ? Promise.resolve(true) : repository.exists(path)),
  }
}
