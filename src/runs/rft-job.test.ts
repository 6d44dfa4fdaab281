import { describe, expect, it } from 'vitest'
import { createGrader } from '../graders/index'
import { importJob, type ImportOptions } from './rft-job'
import { parseSpec } from './spec'

const rows = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => ({ messages: [{ role: 'user', content: `What is ${from + i} + 1?` }], answer: String(from + i + 1), parallel_tool_calls: true }))
const files: Record<string, object[]> = { 'data/train.jsonl': rows(50), 'data/test.jsonl': rows(7, 48) }
const grader = { type: 'string_check', name: 'same', input: '{{ sample.output_text }}', reference: '{{ item.answer }}', operation: 'eq' }
const job = (reinforcement: object = {}, more: object = {}) => ({
  model: 'o4-mini-2025-04-16',
  training_file: 'train.jsonl',
  validation_file: 'test.jsonl',
  method: { type: 'reinforcement', reinforcement: { grader, ...reinforcement } },
  ...more,
})
const read = (source: unknown, options?: ImportOptions) =>
  importJob(
    source,
    {
      address: (path) => `data/${path}`,
      file: (path) => Promise.resolve(new TextEncoder().encode((files[path] ?? []).map((row) => JSON.stringify(row)).join('\n'))),
    },
    options,
  )

describe('the grader of a spec', () => {
  const spec = (settings: object) => () => parseSpec({ graders: [{ name: 'openai', ...settings }] })
  it('is refused by its path', () => {
    expect(spec({ grader: { ...grader, operation: 'neq' } })).toThrow('graders[0].grader.operation in the run spec is "neq"; allowed are eq, ne')
    expect(spec({ grader: { ...grader, input: '{{ x }}' } })).toThrow('graders[0].grader.input in the run spec is "{{ x }}"; {{ x }} at character 1')
    const multi = { type: 'multi', name: 'm', graders: { a: grader }, calculate_output: 'a +' }
    expect(spec({ grader: multi })).toThrow('graders[0].grader.calculate_output in the run spec is "a +"; the formula has its end')
    expect(spec({ text_metrics: { bleu: 'x' } })).toThrow('text_metrics.bleu in the run spec is "x"; allowed are sacrebleu sentence_bleu')
    expect(spec({})()).toMatchObject({ graders: [{ name: 'openai', grader: { type: 'string_check' } }] })
  })
})

describe('a job', () => {
  it('becomes a spec', async () => {
    const hyperparameters = { batch_size: 6, n_epochs: 3, eval_interval: 10, eval_samples: 4, learning_rate_multiplier: 0.5, compute_multiplier: 2 }
    const { spec } = await read(job({ hyperparameters }, { seed: 7 }), { model: 'owner/name', max_completion_length: 99, endpoint: 'loaded' })
    expect(spec).toMatchObject({
      model: 'owner/name',
      task: { name: 'messages', train: 'data/train.jsonl', test: 'data/test.jsonl' },
      graders: [{ name: 'openai', weight: 1, grader, endpoint: 'loaded' }],
      algorithm: { name: 'grpo', questions: 6, num_generations: 16, learning_rate: 0.0005, max_completion_length: 99 },
      steps: 24, // 48 rows that are not held out, three times, six a step
      evaluation: { every: 10, problems: 7, num_generations: 4 },
      seed: 7,
      notes: { steps: 'n_epochs 3 of the job over 48 rows' },
    })
    expect(await createGrader(spec.graders[0]!).grade({ text: '3', answer: '', finish: 'stop', item: { answer: '3' } })).toBe(1)
  })

  it('may leave everything to us', async () => {
    const { spec } = await read(JSON.stringify(job({ hyperparameters: { batch_size: 'auto', n_epochs: null } })))
    expect(spec).toMatchObject({ model: 'ledger', algorithm: { questions: 4, num_generations: 8, learning_rate: 0.001 }, steps: 12, evaluation: { every: 5 } })
  })

  it('hands on its response format', async () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: { type: 'object' } } }
    const { spec, remarks } = await read(job({ response_format }))
    expect(spec.graders[0]).toMatchObject({ response_format })
    expect(remarks.join('\n')).toContain('response_format does not bind what is sampled')
  })

  it('names every field without effect', async () => {
    const { remarks } = await read(
      job(
        { hyperparameters: { reasoning_effort: 'low', beta: 0.1, eval_samples: 3 }, colour: 'red', grader: { type: 'python', name: 'p', image_tag: 'x', source: 'def grade(sample, item): return 1' } },
        { validation_file: null, suffix: 'my-model', metadata: { a: 'b' }, integrations: [{ type: 'wandb' }], hyperparameters: { n_epochs: 2 }, status: 'queued' },
      ),
    )
    const starts = [
      'model "o4-mini-2025-04-16" has no effect',
      'method.reinforcement.hyperparameters.reasoning_effort "low" has no effect: models here think',
      'method.reinforcement.hyperparameters.beta 0.1 has no effect: it is unknown here',
      'method.reinforcement.hyperparameters.eval_samples 3 has no effect: there is nothing to evaluate on',
      'method.reinforcement.colour "red" has no effect',
      'suffix "my-model" has no effect',
      'metadata {"a":"b"} has no effect',
      'integrations [{"type":"wandb"}] has no effect',
      'hyperparameters {"n_epochs":2} has no effect: it belongs to supervised jobs',
      'status "queued" has no effect',
      'the job has no validation_file',
      'image_tag of “p” has no effect',
      'parallel_tool_calls of 50 rows has no effect',
      'a job names no length of completions: they are cut at 64 tokens',
    ]
    for (const start of starts) expect(remarks.filter((remark) => remark.startsWith(start)), start).toHaveLength(1)
    expect(remarks).toHaveLength(starts.length)
  })

  it.each([
    ['{', 'the job is not JSON'],
    [{ ...job(), training_file: 'file-abc123' }, 'training_file of the job is file-abc123, a file at OpenAI; put in its place the path'],
    [{ ...job(), training_file: undefined }, 'training_file in the job is missing'],
    [{ ...job(), method: { type: 'dpo' } }, 'method.type in the job is "dpo"; allowed are reinforcement'],
    [job({ hyperparameters: { batch_size: 0 } }), 'method.reinforcement.hyperparameters.batch_size in the job is 0; it must be a whole number above 0, or "auto"'],
    [job({ hyperparameters: { learning_rate_multiplier: 'fast' } }), 'it must be a number above 0, or "auto"'],
    [job({ grader: { ...grader, type: 'label_model' } }), 'type of the grader is "label_model"; OpenAI has it for evals alone'],
    [job({ grader: undefined }), 'method.reinforcement.grader in the job is missing'],
    [job({ response_format: { type: 'yaml' } }), 'response_format.type in the job is "yaml"; allowed are text, json_object, json_schema'],
    [{ ...job(), training_file: 'none.jsonl' }, 'data/none.jsonl holds no rows'],
  ])('%j is refused', async (source, words) => expect(read(source)).rejects.toThrow(words))
})
