/** What the model's panel says of a model: its name and its files; and the rows of a step. */
import { findModel } from '../../hub/catalog'
import { Hub } from '../../hub/hub'
import { readHubId, USUAL, type Listing, type Variant } from '../../hub/listing'
import type { Session } from '../../hub/session'
import type { BatchSize } from '../../policy/host'
import { read, write, type Draft } from '../draft'
import { say } from '../words/say'

/** Beside the ONNX file, what a run reads of a model. */
const TEXTS = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja']

/** Tokens that a prompt is taken to have, as long as nobody has read one. */
export const PROMPT = 64

export function modelLabel(model: string): string {
  return findModel(model)?.label ?? model.replace(/^folder:/, '')
}

/** Where a model comes from, in a few words. */
export function modelSource(model: string, file = ''): string {
  const name = file === '' ? '' : ` · ${file.replace(/^onnx\//, '')}`
  if (findModel(model)) return say`comes with the page`
  if (model.startsWith('folder:')) return say`from your disk${name}`
  return (readHubId(model) ? say`on Hugging Face` : say`of an unknown place`) + name
}

/** A person who searches wants to know soon that there is no connection: two tries, where a download makes eight. */
export function searchHub({ hub, token }: Session): Hub {
  const made = new Hub({ address: hub, patience: { tries: 2, pause: 400, silence: 10_000, longest: 5000 } })
  made.token = token
  return made
}

/** What a draft says of its model, with nothing said of the usual file. */
export function withModel(draft: Draft, model: string, file: string | undefined): Draft {
  return write(write(draft, 'model', model), 'file', file === USUAL ? undefined : file)
}

/** Everything of the repository that a run will read when it opens this file. */
export function pathsOf(files: Listing['files'], opened: Variant): string[] {
  return [...TEXTS.filter((text) => files.some(({ path }) => path === text)), opened.file, ...opened.data]
}

/** Rows and tokens of a step, as the draft has them; `prompt`: tokens of its longest question. */
export function batchOf(draft: Draft, prompt = PROMPT): BatchSize {
  const number = (path: string, absent: number): number => {
    const value = read(draft, path)
    return typeof value === 'number' && value >= 1 ? value : absent
  }
  const ways = number('algorithm.trajectories', 1)
  const group = number('algorithm.num_generations', 1)
  const longest = Math.max(number('algorithm.max_completion_length', 64), number('algorithm.later_max_completion_length', 1))
  const rows = number('algorithm.questions', 1) * group * ways
  return { rows, tokens: prompt + longest, shared: { group, prompt } }
}
