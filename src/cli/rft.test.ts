/** A reinforcement fine-tuning job, imported and run: graders of its own, a judge that is the loaded model, failures counted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRun } from '../runs/run'
import { parseSpec } from '../runs/spec'
import { readJob } from './import'
import { scriptedHost, type Script } from './script.fixture'

let folder: string
const rows = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => JSON.stringify({ messages: [{ role: 'user', content: `Number ${from + i}?` }], answer: String(from + i) })).join('\n')
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'etude-rft-'))
  writeFileSync(join(folder, 'train.jsonl'), rows(0, 12))
  writeFileSync(join(folder, 'test.jsonl'), rows(100, 10))
})
afterAll(() => rmSync(folder, { recursive: true }))

const check = { type: 'string_check', name: 'same', input: '{{ sample.output_json.n }}', reference: '{{ item.answer }}', operation: 'eq' }
const judge = { type: 'score_model', name: 'judge', model: 'gpt-x', input: [{ role: 'user', content: 'Rate {{ sample.output_text }}' }] }

/** Half of the answers are right; some are no JSON; the judge likes all. */
const script: Script = (prompt, _, at) => {
  if (prompt.includes('Rate')) return '{"result": 1}'
  const n = /Number (\d+)\?/.exec(prompt)![1]!
  return at % 4 === 3 ? 'none' : JSON.stringify({ n: at % 2 === 0 ? n : '?' })
}

it('trains on its rows and is judged by its own grader', async () => {
  const job = join(folder, 'job.json')
  const response_format = { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object', required: ['n'] } } }
  const grader = { type: 'multi', name: 'both', graders: { same: check, judge }, calculate_output: '0.8 * same + 0.2 * judge', pass_threshold: 0.9 }
  const reinforcement = { grader, response_format, hyperparameters: { batch_size: 4, n_epochs: 1, eval_interval: 2 } }
  writeFileSync(job, JSON.stringify({ model: 'o4-mini', training_file: 'train.jsonl', validation_file: 'test.jsonl', method: { type: 'reinforcement', reinforcement } }))
  const { spec } = await readJob(job, { model: 'script', endpoint: 'loaded' })
  const run = createRun(spec, scriptedHost(script))
  run.play()
  const { evaluations } = await run.done
  await run.close()

  expect(evaluations.map(({ step }) => step)).toEqual([0, 2, 3])
  for (const { problems, accuracy, reward } of evaluations) {
    expect([problems, accuracy]).toEqual([10, 0.5])
    expect(reward).toBeCloseTo(0.5 + 0.5 * 0.2, 12)
  }
  expect(run.reports).toHaveLength(3)
  for (const { metrics } of run.reports) {
    expect(metrics.reward).toBeCloseTo(0.6, 12)
    expect(metrics['graders/openai/errors']).toBe(8) // of 32 completions
    expect(metrics['graders/openai/sample_parse_error']).toBe(8)
  }
})

it('wants graders where its task has none', () => {
  expect(() => parseSpec({ task: { name: 'messages' } })).toThrow('task messages has no graders of its own')
})
