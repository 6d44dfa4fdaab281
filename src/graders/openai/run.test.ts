import { afterEach, describe, expect, it } from 'vitest'
import { setSandbox } from '../sandbox/session'
import type { Outcome as Ran, Program } from '../sandbox/sandbox'
import { createGrader } from '../index'
import { runGrader, validateGrader } from './run'

const check = { type: 'string_check', name: 'city', input: '{{ sample.output_text }}', reference: '{{ item.answer }}', operation: 'eq' }
const similarity = { type: 'text_similarity', name: 'near', input: '{{ sample.output_text }}', reference: '{{ item.answer }}', evaluation_metric: 'rouge_l' }
const python = { type: 'python', name: 'code', source: 'def grade(sample, item):\n    return 0.5\n' }
const judge = { type: 'score_model', name: 'judge', model: 'gpt-x', input: [{ role: 'user', content: 'Rate {{ sample.output_text }}' }] }
const multi = (graders: object, calculate_output: string) => ({ type: 'multi', name: 'all', graders, calculate_output })
const item = { answer: 'Paris' }
const run = (grader: object, model_sample: string) => runGrader(grader, { model_sample, item })

describe('what validate refuses', () => {
  it.each([
    [null, 'the grader is null; it must be an object'],
    [{ name: 'x' }, 'type of the grader is missing; allowed are string_check'],
    [{ ...check, type: 'string' }, 'type of the grader is "string"; allowed are string_check, text_similarity'],
    [{ type: 'label_model', name: 'l' }, 'type of the grader is "label_model"; OpenAI has it for evals alone'],
    [{ ...check, operation: 'neq' }, 'operation of the grader is "neq"; allowed are eq, ne, like, ilike'],
    [{ ...check, reference: undefined }, 'reference of the grader is missing; it must be of the type string'],
    [{ ...check, weight: 1 }, 'weight of the grader is 1; string_check has no such field'],
    [{ ...check, input: '{{ sample.output }}' }, 'input of the grader is "{{ sample.output }}"; {{ sample.output }} at character 1 is unknown'],
    [{ ...similarity, evaluation_metric: 'bert' }, 'evaluation_metric of the grader is "bert"; allowed are cosine, fuzzy_match'],
    [{ ...python, source: 'def score(s): return 1' }, 'source of the grader is "def score(s): return 1"; it must define grade'],
    [{ ...python, source: `def grade(s, i): return 1 # ${'x'.repeat(256_000)}` }, 'it must be below 256 kB'],
    [{ ...judge, range: [1, 0] }, 'range of the grader is [1,0]; the first must be below the second'],
    [{ ...judge, sampling_params: { max_tokens: 5 } }, 'sampling_params.max_tokens of the grader is 5; score_model has no such field'],
    [{ ...judge, input: [{ role: 'user', content: { type: 'input_image', image_url: 'x' } }] }, 'only text can be sent'],
    [multi({}, '1'), 'graders of the grader is {}; it must hold at least one'],
    [multi(check, 'city'), 'it must be an object of graders by their names'],
    [multi({ 'a-b': check }, '1'), 'the name “a-b” cannot stand in a formula'],
    [multi({ a: { ...check, operation: 'x' } }, 'a'), 'graders.a.operation of the grader is "x"; allowed are'],
    [multi({ a: multi({ b: check }, 'b') }, 'a'), 'graders.a.type of the grader is "multi"; a multi grader cannot stand inside another'],
    [multi({ a: { type: 'label_model' } }, 'a'), 'graders.a.type of the grader is "label_model"'],
    [multi({ a: check }, 'a + b'), 'calculate_output of the grader is "a + b"; the formula names “b” at character 5, which is no grader'],
  ])('%j', (grader, words) => expect(() => validateGrader(grader)).toThrow(words))

  it('names what has no effect', () => {
    const grader = multi(
      { a: { ...python, image_tag: '2025-05-08' }, b: { ...similarity, pass_threshold: 0.5 }, c: { ...judge, sampling_params: { top_p: 0.5 } } },
      'a + b + c',
    )
    const { remarks } = validateGrader(grader, { endpoint: 'loaded' })
    for (const words of ['image_tag of “code”', 'pass_threshold of “near”', 'rouge_l of “near” is read as rouge_l', 'model gpt-x', 'sampling_params.top_p'])
      expect(remarks.filter((remark) => remark.includes(words))).toHaveLength(1)
    expect(validateGrader(check).remarks).toEqual([])
  })
})

describe('string_check', () => {
  it.each([
    ['eq', 'Paris', 1],
    ['eq', 'paris', 0],
    ['ne', 'Rome', 1],
    ['ne', 'Paris', 0],
    ['like', 'It is Paris.', 1],
    ['like', 'It is paris.', 0],
    ['ilike', 'It is PARIS.', 1],
    ['ilike', 'It is Rome.', 0],
  ])('%s %s scores %d', async (operation, sample, reward) => {
    expect((await run({ ...check, operation }, sample)).reward).toBe(reward)
  })
})

describe('text_similarity', () => {
  it('scores by the metric, in the reading that is chosen', async () => {
    expect((await run(similarity, 'paris')).reward).toBe(1)
    expect((await run({ ...similarity, evaluation_metric: 'fuzzy_match' }, 'Paris!')).reward).toBeCloseTo(10 / 11, 12)
    const chosen = { text_metrics: { fuzzy_match: 'fuzz.partial_ratio' } }
    const other = await runGrader({ ...similarity, evaluation_metric: 'fuzzy_match' }, { model_sample: 'Paris!', item }, chosen)
    expect(other.reward).toBe(1)
    const wrong = { text_metrics: { bleu: 'rouge_1' } }
    expect(() => validateGrader({ ...similarity, evaluation_metric: 'bleu' }, wrong)).toThrow('bleu cannot be read as “rouge_1”; it may be sacrebleu')
  })
})

describe('multi', () => {
  it('answers as the endpoint does', async () => {
    const answer = await run(multi({ right: check, near: similarity }, '0.5 * right + 0.5 * near'), 'paris')
    expect(answer).toMatchObject({
      reward: 0.5,
      sub_rewards: { right: 0, near: 1 },
      metadata: { name: 'all', type: 'multi', scores: { right: 0, near: 1, all: 0.5 }, token_usage: null, messages: [] },
      model_grader_token_usage_per_model: {},
    })
    const { execution_time, errors } = answer.metadata
    expect(execution_time).toBeGreaterThanOrEqual(0)
    expect(Object.values(errors).every((value) => value === false || value === null)).toBe(true)
    expect(Object.keys(errors)).toHaveLength(14)
  })

  it('counts 0 for a member that fails, and flags it', async () => {
    const lost = { ...check, name: 'lost', reference: '{{ item.gold }}' }
    const answer = await run(multi({ a: check, b: lost }, 'a + b'), 'Paris')
    expect(answer).toMatchObject({ reward: 1, sub_rewards: { a: 1, b: 0 } })
    expect(answer.metadata.errors.invalid_variable_error).toBe(true)
    expect(answer.metadata.messages).toEqual(['lost: {{ item.gold }} at character 1 has no value: item has answer'])
  })

  it('is 0 and flagged where the formula has no finite value', async () => {
    const answer = await run(multi({ a: check }, 'log(a)'), 'Rome')
    expect(answer.reward).toBe(0)
    expect(answer.metadata.errors.other_error).toBe(true)
  })
})

describe('the sample', () => {
  const shape = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false }
  const response_format = { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: shape } } as const
  const field = { ...check, input: '{{ sample.output_json.city }}' }
  const formatted = (model_sample: string) => runGrader(field, { model_sample, item }, { response_format })

  it('is read as JSON, and checked against the response format', async () => {
    expect((await formatted('{"city": "Paris"}')).reward).toBe(1)
    expect((await formatted('<think>\n{}</think>\n{"city": "Paris"}')).reward).toBe(1)
    expect((await run(field, '{"city": "Paris", "more": 1}')).reward).toBe(1)
    const reasoning = { ...check, input: '{{ sample.choices[0].message.reasoning_content }}|{{ sample.output_text }}', reference: 'so|Paris' }
    expect((await run(reasoning, '<think>\nso\n</think>\n\nParis')).reward).toBe(1)
    for (const [sample, words] of [
      ['{"city": "Paris", "more": 1}', 'the completion is not of the schema “place”: it: Unrecognized key: "more"'],
      ['{"city": 7}', 'the schema “place”: city:'],
      ['{"city": "Pa', 'the completion is no JSON'],
    ] as const) {
      const { reward, metadata } = await formatted(sample)
      expect(reward).toBe(0)
      expect(metadata.errors.sample_parse_error).toBe(true)
      expect(metadata.messages[0]).toContain(words)
    }
    const object = (sample: string) => runGrader(check, { model_sample: sample, item }, { response_format: { type: 'json_object' } })
    expect((await object('{}')).metadata.errors.sample_parse_error).toBe(false)
    expect((await object('[]')).metadata.errors.sample_parse_error).toBe(true)
  })

  it('holds tool calls in the form of chat completions', async () => {
    const text = 'Let me see.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Paris", "in": {"days": 2}}}\n</tool_call>'
    const name = await run({ ...check, input: '{{ sample.output_tools[0].function.name }}', reference: 'weather' }, text)
    expect(name.reward).toBe(1)
    const given = await run({ ...check, input: '{{ sample.choices[0].message.tool_calls[0].function.arguments }}', reference: '"days":2', operation: 'like' }, text)
    expect(given.reward).toBe(1)
    expect((await run({ ...check, reference: 'Let me see.' }, text)).reward).toBe(1)
    expect((await run({ ...check, input: '{{ sample.output_tools[0] }}' }, 'none')).metadata.errors.invalid_variable_error).toBe(true)
  })
})

describe('python', () => {
  afterEach(() => setSandbox(undefined))
  const seen: Program[] = []
  const answering = (outcome: Partial<Ran>) =>
    setSandbox(() => ({
      run(program) {
        seen.push(program)
        return Promise.resolve({ output: '', seconds: 0, ...outcome } as Ran)
      },
      close: () => Promise.resolve(),
    }))

  it.each([
    [{ ok: true, value: 0.25 }, 0.25, undefined],
    [{ ok: true, value: true }, 1, undefined],
    [{ ok: true, value: 'good' }, 0, 'python_grader_runtime_error'],
    [{ ok: true, value: Infinity }, 0, 'python_grader_runtime_error'],
    [{ ok: false, kind: 'error', error: 'KeyError: gold' }, 0, 'python_grader_runtime_error'],
    [{ ok: false, kind: 'timeout', error: 'stopped' }, 0, 'unresponsive_reward_error'],
    [{ ok: false, kind: 'memory', error: 'too much' }, 0, 'python_grader_server_error'],
  ] as const)('%j scores %d', async (outcome, reward, flag) => {
    answering(outcome)
    const answer = await run(python, 'Paris')
    expect(answer.reward).toBe(reward)
    const { errors } = answer.metadata
    expect(Object.entries(errors).filter(([, value]) => value === true).map(([name]) => name)).toEqual(flag ? [flag] : [])
    if (flag === 'python_grader_server_error') expect(errors.python_grader_server_error_type).toBe('memory')
    expect(seen.at(-1)).toMatchObject({ language: 'python', call: 'grade', source: python.source, args: [{ output_text: 'Paris' }, item] })
  })
})

describe('the grader of a spec', () => {
  const submission = (text: string, finish: 'stop' | 'length' = 'stop') => ({ text, answer: '', finish, item })

  it('grades, and says what it failed at', async () => {
    const flags: string[] = []
    const grader = createGrader({ name: 'openai', weight: 2, grader: { ...check, reference: '{{ item.gold }}' } })
    expect(await grader.grade(submission('Paris', 'length'), (flag) => flags.push(flag))).toBe(0)
    expect(flags).toEqual(['truncated_observation_error', 'invalid_variable_error'])
    expect(grader).toMatchObject({ name: 'openai', weight: 2, max: 1 })
  })

  it('knows what passes', () => {
    expect(createGrader({ name: 'openai', weight: 1, grader: { ...similarity, pass_threshold: 0.7 } }).pass).toBe(0.7)
    expect(createGrader({ name: 'openai', weight: 1, grader: check, pass: 0.3 }).pass).toBe(0.3)
    const scored = createGrader({ name: 'openai', weight: 1, grader: { ...judge, range: [1, 7] }, endpoint: 'loaded' }, { complete: () => Promise.resolve('3') })
    expect(scored).toMatchObject({ max: 7 })
  })

  it('asks no model without a server, a model or leave', () => {
    const create = (endpoint?: string) => () => createGrader({ name: 'openai', weight: 1, grader: judge, ...(endpoint && { endpoint }) })
    expect(create()).toThrow('the grader “judge” asks a model: name the server in endpoint')
    expect(create('loaded')).toThrow('the loaded model cannot be had here')
    expect(create('https://example.com/v1')).toThrow('completions would be sent to https://example.com/v1, which nobody has allowed')
  })
})
