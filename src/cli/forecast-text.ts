/** The forecast of a run in words, and the first rows of its data: `npm run train -- --spec FILE --dry-run`. */
import { weightBytes } from '../engine/memory'
import { findShape, type ModelShape } from '../hub/catalog'
import { openTask } from '../runs/context'
import { longestPrompt } from '../runs/prompt-length'
import { filesOf, type RunSpec } from '../runs/spec'
import { preview, previewText } from '../tasks/data-preview'
import { count, forecast, size, type Forecast } from './forecast'
import { limitsHere, verdictOf } from './forecast-verdict'
import { describeModel } from './model'

interface Read {
  shape: ModelShape
  weights?: number
  /** Tokens of the longest question; absent where it cannot be told. */
  prompt?: number | undefined
}

/** Rejects with BadInput when nothing is known of the model. */
export async function printForecast(spec: RunSpec): Promise<string> {
  const known = findShape(spec.model)
  const read: Read = known ? { shape: known } : await readShape(spec)
  const { name, limits } = await limitsHere()
  const verdict = `On ${name}: ${verdictOf(spec, read.shape, limits, read.weights, read.prompt).words}`
  return describe(spec, forecast(spec, read.shape, read.weights, read.prompt), known !== undefined, verdict)
}

/** The first rows of a task that reads files, which this fetches; of a task that makes its problems up, nothing. */
export async function printPreview({ task: spec, seed }: RunSpec): Promise<string> {
  if (filesOf(spec).length === 0) return ''
  try {
    const task = await openTask(spec)
    const rows = preview(task, 'train', 10, seed)
    return `\nFirst rows of ${spec.name}\n\n${previewText(rows.length > 0 ? rows : preview(task, 'test'))}\n`
  } catch (error) {
    return `\nThe rows of ${spec.name} cannot be shown: ${(error as Error).message}\n`
  }
}

/** Of a model of the Hub, names and shapes are read over the line. */
async function readShape(spec: RunSpec): Promise<Read> {
  const { source, repository } = await describeModel(spec.model, spec.file)
  const prompt = await longestPrompt(spec, (path) => repository.text(path)).catch(() => undefined) // the run itself will say what is wrong
  return { shape: { ...source.config, eps: source.config.rmsNormEps }, weights: weightBytes(source), prompt }
}

function describe(spec: RunSpec, found: Forecast, withoutFiles: boolean, verdict: string): string {
  const { step, run, evaluation, memory } = found
  const billions = found.parameters >= 1e9 ? `${(found.parameters / 1e9).toFixed(2)} billion` : count(found.parameters)
  const sampled = step.rounds.length > 0
  const rounds = step.rounds.map(count).join(' + ')
  const unfit = [...found.unfit]
  if (withoutFiles)
    unfit.push(`${spec.model} is known by its shape alone: give a folder with its config.json, tokenizer.json and onnx/model.onnx as model`)
  const { times, answers } = evaluation
  const sections: [string, string[]][] = [
    [
      'A step, at most',
      [
        ...(sampled ? [`${plural(step.questions, 'question')}, ${rounds} completions, ${count(step.generated)} generated tokens`] : []),
        ...(sampled ? [`${count(step.read)} prompt tokens read`] : []),
        `${plural(step.rows, 'row')} through the model and back, ${count(step.rowTokens)} tokens`,
      ],
    ],
    [
      `The whole run of ${plural(spec.steps, 'step')}, at most`,
      [
        `${plural(run.questions, 'question')}, ${count(run.completions)} completions, ${count(run.generated)} generated tokens`,
        `${count(run.trained)} tokens through the model and back`,
      ],
    ],
    [
      'Evaluation, at most',
      [`${plural(times, 'time')}, each ${count(answers)} answers; ${count(evaluation.generated)} generated tokens in all`],
    ],
    ['Memory on the device', [...memory.parts, { name: 'together', bytes: memory.total }].map(memoryLine)],
    ['Whether it fits', [verdict]],
    ["What doesn't fit", unfit.length > 0 ? unfit : ['nothing that is known beforehand']],
    ['Taken for granted', found.assumed],
  ]
  const body = sections.map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`).join('\n')
  const head = `${spec.algorithm.name} on ${spec.model}, ${billions} parameters, adapter of rank ${spec.adapter.rank}`
  return `${head}; no weights were downloaded and nothing was trained.\n\n${body}`
}

const memoryLine = ({ name, bytes }: { name: string; bytes: number }) => `${size(bytes).padStart(9)}  ${name}`

const plural = (n: number, what: string) => `${count(n)} ${what}${n === 1 ? '' : 's'}`
