/** The forecast of a run in words: `npm run train -- --spec FILE --dry-run`. */
import { findShape, type ModelShape } from '../hub/catalog'
import { readConfig } from '../onnx/config'
import type { RunSpec } from '../runs/spec'
import { count, forecast, size, type Forecast } from './forecast'
import { asOurs, openModel } from './model'

/** Rejects with BadInput when nothing is known of the model. */
export async function printForecast(spec: RunSpec): Promise<string> {
  const known = findShape(spec.model)
  return describe(spec, forecast(spec, known ?? (await readShape(spec.model))), known !== undefined)
}

async function readShape(id: string): Promise<ModelShape> {
  const { config } = await asOurs(() => readConfig(openModel(id)))
  return { ...config, eps: config.rmsNormEps }
}

function describe(spec: RunSpec, found: Forecast, withoutFiles: boolean): string {
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
    ['Memory on the device, in f32', [...memory.parts, { name: 'together', bytes: memory.total }].map(memoryLine)],
    ["What doesn't fit", unfit.length > 0 ? unfit : ['nothing that is known beforehand']],
    ['Taken for granted', found.assumed],
  ]
  const body = sections.map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`).join('\n')
  const head = `${spec.algorithm.name} on ${spec.model}, ${billions} parameters, adapter of rank ${spec.adapter.rank}`
  return `${head}; nothing was downloaded or trained.\n\n${body}`
}

const memoryLine = ({ name, bytes }: { name: string; bytes: number }) => `${size(bytes).padStart(9)}  ${name}`

const plural = (n: number, what: string) => `${count(n)} ${what}${n === 1 ? '' : 's'}`
