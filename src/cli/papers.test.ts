/**
 * The papers' settings in examples/papers: every number says where it comes from, and every file runs: two steps and its evaluations
 * on a policy that writes from a script, with byte-level tokens, small data files in the form of the real ones, and all else as it is.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shapes } from '../hub/catalog'
import type { Evaluation, StepReport } from '../rl/report'
import { createRun } from '../runs/run'
import { parseSpec, taskKindOf, type RunSpec } from '../runs/spec'
import { COMMON, forecast } from './forecast'
import { verdictOf } from './forecast-verdict'
import { printForecast } from './forecast-text'
import { scriptedHost } from './script.fixture'

const PAPERS = join(import.meta.dirname, '../../examples/papers')
const files = readdirSync(PAPERS)
const read = (file: string) => JSON.parse(readFileSync(join(PAPERS, file), 'utf8')) as { notes: Record<string, string> }

/** Every value below `value` with its path, as messages spell it: evaluation.variants[0].problems. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((of, i) => leaves(of, `${path}[${i}]`))
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([key, of]) => leaves(of, path === '' ? key : `${path}.${key}`))
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'papers-'))
  const write = (name: string, row: (i: number) => object) =>
    { writeFileSync(join(folder, name), Array.from({ length: 6 }, (_, i) => JSON.stringify(row(i)) + '\n').join('')) }
  write('train.jsonl', (i) => ({ question: `What is ${i} + 1?`, answer: `It is that.\n#### ${i + 1}` }))
  write('test.jsonl', (i) => ({ question: `What is ${i} + 2?`, answer: `It is that.\n#### ${i + 2}` }))
  write('svamp.json', (i) => ({ question: `What is ${i} + 5?`, answer_value: `${i + 5}.0`, answer_cot: `It is that.\nTherefore, the answer is: ${i + 5}.0` }))
  write('math500', (i) => ({ problem: `What is ${i} + 3?`, solution: 'It is that.', answer: String(i + 3), level: 1 + (i % 2) }))
  write('aime2024', (i) => ({ problem: `What is ${i} + 4?`, solution: 'It is that.', answer: `00${i + 4}` }))
})
afterAll(() => { rmSync(folder, { recursive: true }) })

/** The file's spec, but for its length and for where its data are. */
function dryRun(file: string): RunSpec {
  const spec = parseSpec(read(file))
  const local = { gsm8k: { train: join(folder, 'train.jsonl'), test: join(folder, 'test.jsonl') } }
  const task = <T extends { name: string }>(of: T): T =>
    ({ ...of, ...(of.name === 'gsm8k' ? local.gsm8k : { test: join(folder, of.name) }) })
  const { evaluation } = spec
  const variants = evaluation.variants.map((way) => (way.task ? { ...way, task: task(way.task), problems: 4 } : way))
  return {
    ...spec,
    steps: 2,
    task: task(spec.task),
    evaluation: { ...evaluation, problems: 5, ...(evaluation.task && { task: task(evaluation.task) }), variants },
  }
}

async function play(spec: RunSpec): Promise<{ reports: StepReport[]; evaluations: readonly Evaluation[]; asked: string[] }> {
  const asked: string[] = []
  // the sum that is asked for, one too much in every third answer
  const host = scriptedHost((prompt, _key, at) => {
    asked.push(prompt)
    const [, a, b] = /What is (\d+) \+ (\d+)\?/.exec(prompt)!
    const last = !prompt.includes('rounds') || prompt.includes('the final one: give')
    const answer = last ? `\\boxed{${Number(a) + Number(b) + (at % 3 === 0 ? 1 : 0)}}` : `${a} and ${b} are to be added`
    return `<reasoning>\nI add.\n</reasoning>\n<answer>\n${answer}\n</answer>\n`
  })
  const run = createRun(spec, host)
  run.play()
  const { evaluations } = await run.done
  return { reports: [...run.reports], evaluations, asked }
}

describe.each(files)('examples/papers/%s', (file) => {
  const source = read(file)
  const { notes, ...rest } = source

  it('is a spec whose every number has a note with its source, and whose notes are about what is there', () => {
    expect(parseSpec(source).notes).toEqual(notes)
    const numbers = leaves(rest).filter(([, value]) => typeof value === 'number')
    expect(numbers.length).toBeGreaterThan(25)
    expect(numbers.map(([path]) => path).filter((path) => !/\.py|TRL|arXiv/.test(notes[path] ?? ''))).toEqual([])
    const paths = leaves(rest).map(([path]) => path)
    expect(Object.keys(notes).filter((note) => !paths.some((path) => path.startsWith(note)))).toEqual([])
  })

})

describe('examples', () => {
  const folder = join(PAPERS, '..')
  it.each(readdirSync(folder).filter((file) => file.endsWith('.json')))('%s is a spec', (file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    expect(parseSpec(text)).toMatchObject({ model: expect.any(String) as string, ...(JSON.parse(text) as { seed: number; steps: number }) })
  })
})

describe.each(['motif.json', 'grpo-vanilla.json'])('examples/papers/%s', (file) => {
  it('runs', async () => {
    const spec = dryRun(file)
    const { reports, evaluations, asked } = await play(spec)
    const { algorithm } = spec
    expect(reports.map(({ metrics }) => metrics.learning_rate)).toEqual([0, 5e-6 / algorithm.warmup_steps])
    for (const { groups, metrics } of reports) {
      expect(groups[0]!.completions).toHaveLength(8)
      expect(groups[0]!.solution).toContain('boxed')
      // the format is worth 1 (strict ½, tags ½), a right answer 2: in one round for all or nothing, over four ways on for their mean
      const right = (at: number) => Number(at % 3 > 0)
      const share = (i: number) => (algorithm.name === 'motif' ? [0, 1, 2, 3].reduce((sum, j) => sum + right(4 * i + j), 0) / 4 : right(i))
      groups[0]!.completions.forEach(({ reward }, i) => { expect(reward).toBeCloseTo(1 + 2 * share(i), 12) })
      expect(metrics.frac_reward_zero_std).toBe(0)
      expect(metrics['completions/clipped_ratio']).toBe(0)
    }
    const [last] = evaluations
    expect(evaluations).toHaveLength(1)
    expect(last).toMatchObject({ step: 2, problems: 5, temperature: 0, rounds: spec.evaluation.rounds })
    expect(Object.keys(last!.variants!)).toHaveLength(spec.evaluation.variants.length)
    expect([last!.correct, last!.variants!['AIME 2024']!.correct]).toEqual([3, 2]) // all but 0 and 3
    expect(Object.keys(last!.levels!)).toEqual(['level 1', 'level 2'])
    expect(asked.filter((prompt) => prompt.includes('{'))).toEqual(asked.filter((prompt) => prompt.includes('\\boxed{}')))
  })
})

describe('examples/papers/merf.json', () => {
  it('runs, states its rules in training alone, and scores as Logic-RL does', async () => {
    const asked: { purpose: string; prompt: string }[] = []
    const spec = parseSpec(read('merf.json'))
    const task = taskKindOf(spec.task).create(spec.task)
    const puzzle = (i: number) => task.example('train', i, spec.seed)
    const solutions = new Map(Array.from({ length: 40 }, (_, i) => [task.prompt(puzzle(i))[1]!.content, puzzle(i).answer]))
    const host = scriptedHost((prompt, { purpose }, at) => {
      asked.push({ purpose, prompt })
      const [, right = '(1) X is a knight'] = [...solutions].find(([question]) => prompt.includes(question)) ?? []
      const flipped = right.replace(/knight|knave/, (role) => (role === 'knight' ? 'knave' : 'knight'))
      const answer = ['', right, flipped, `${right}, no knight`][at % 4]
      return at % 4 === 0 ? 'I see.' : `<think>\nI think.\n</think>\n<answer>\n${answer}\n</answer>`
    })
    const evaluation = { ...spec.evaluation, problems: 2, variants: spec.evaluation.variants.map((way) => ({ ...way, problems: 1 })) }
    const run = createRun({ ...spec, steps: 2, evaluation }, host)
    run.play()
    await run.done
    const scores = run.reports.flatMap(({ groups }) => groups.flatMap(({ completions }) => completions.map(({ reward }) => reward)))
    expect(scores).toEqual(scores.map((_, at) => [-3, 3, -0.5, -1][at % 4]))
    const rules = /scored by these rules:\n- Format: 1 points .*-1 otherwise\.\n- Answer: 2 points .*-1\.5 when .*-2 when/
    const share = (of: typeof asked) => of.filter(({ prompt }) => rules.test(prompt)).length
    const trained = asked.filter(({ purpose }) => purpose === 'rollout')
    const evaluated = asked.filter(({ purpose }) => purpose === 'evaluation')
    expect([trained.length, share(trained)]).toEqual([2 * 128, 2 * 128])
    expect([evaluated.length, share(evaluated)]).toEqual([2 * 8 * 5, 2 * 8]) // at the start and the end: two, and one in each of three ways
  })
})

describe('examples/papers/reft.json', () => {
  it('runs: imitates, then answers the same questions for 1, 0.1 or nothing', async () => {
    const spec = parseSpec(read('reft.json'))
    const data = join(folder, 'svamp.json')
    const task = { ...spec.task, test: data, train: join(folder, 'more.json') } as RunSpec['task']
    writeFileSync(join(folder, 'more.json'), readFileSync(data, 'utf8').replaceAll('+ 5', '+ 05'))
    const algorithm = { ...spec.algorithm, demonstrations: 6 } as RunSpec['algorithm']
    const evaluation = { ...spec.evaluation, problems: 6, variants: spec.evaluation.variants.map((way) => ({ ...way, num_generations: 3 })) }
    const host = scriptedHost((prompt, { purpose }, at) => {
      const [, a, b] = /^Question:\nWhat is (\d+) \+ (\d+)\?\nAnswer reasoning:\n$/.exec(prompt)!
      const sum = Number(a) + Number(b)
      if (purpose === 'rollout' && at % 3 === 2) return 'It is that.'
      return `It is that.\nTherefore, the answer is: ${sum + (purpose === 'rollout' ? at % 3 : 0)}`
    })
    const run = createRun({ ...spec, task, algorithm, evaluation, steps: 3 }, host)
    run.play()
    const { evaluations } = await run.done
    expect(run.reports.map(({ metrics }) => metrics.phase)).toEqual([1, 2, 2])
    expect(run.reports.map(({ metrics }) => metrics.learning_rate)).toEqual([1e-5, 3e-7, 3e-7])
    const scores = run.reports[1]!.groups.flatMap(({ completions }) => completions.map(({ scores }) => scores.reft))
    expect(scores).toEqual(Array.from({ length: 32 }, (_, at) => [1, 0.1, 0][at % 3]))
    expect(evaluations.map(({ accuracy, variants }) => [accuracy, variants!['100 votes']!.majority!.accuracy])).toEqual([[1, 1], [1, 1]])
  })
})

describe('the forecast', () => {
  const of = (file: string) => forecast(parseSpec(read(file)), shapes['Qwen/Qwen2.5-3B-Instruct']!)

  it('of MOTIF: 72 completions a question, 21,600 in all, of up to 41.8 million tokens', () => {
    const { parameters, step, run, evaluation } = of('motif.json')
    expect(parameters).toBe(3_085_938_688)
    expect(step).toMatchObject({ questions: 1, rounds: [8, 32, 32], generated: 8 * 1024 + 64 * 2048, rows: 8, rowTokens: 8 * 2048 })
    expect(run).toEqual({ questions: 300, completions: 21_600, generated: 41_779_200, trained: 300 * 8 * 2048 })
    expect(evaluation).toEqual({ times: 1, answers: 1060, generated: 530 * (1024 + 2 * 2048) + 530 * 1024 })
  })

  it('of GRPO: 16,000 completions of up to 16.4 million tokens', () => {
    const { run } = of('grpo-vanilla.json')
    expect(run).toMatchObject({ questions: 2000, completions: 16_000, generated: 16_384_000 })
  })

  it('says plainly what does not fit, and what it takes for granted', async () => {
    const { memory, unfit } = of('motif.json')
    expect(memory.parts.map(({ name }) => name)).toEqual([
      'weights', 'adapter, gradients and optimizer', 'keys and values of rollouts',
      'activations of a micro-batch, beyond what rollouts left; its layers are computed again',
    ]) // prettier-ignore
    expect(memory.parts[0]!.bytes).toBe(4 * 3_085_938_688)
    expect(memory.total).toBe(memory.parts.reduce((sum, { bytes }) => sum + bytes, 0))
    const words = ['the weights alone take 11.5 GiB, in f32', 'one row of 2,048 tokens takes', 'one tensor of 457 MiB']
    words.forEach((word, i) => { expect(unfit[i]).toContain(word) })
    const shape = shapes['Qwen/Qwen2.5-3B-Instruct']!
    const verdict = (weights?: number) => verdictOf(parseSpec(read('motif.json')), shape, COMMON, weights)
    expect(verdict()).toMatchObject({ fits: 'does not fit', words: expect.stringMatching(/; try a file of 4 bits with fewer and shorter/) as string })
    expect(verdict(2e9).words).toMatch(/the adapter takes 479 MB, and the adapter binds 134 MB at once; try a lower rank \(16\)\.$/)
    const card = { ...COMMON, maxStorageBufferBindingSize: 2 ** 31 }
    expect(verdictOf(parseSpec(read('motif.json')), shape, card, 2e9).fits).toBe('fits with checkpointing')
    const text = await printForecast(parseSpec(read('motif.json')))
    for (const word of ['3.09 billion', '8 + 32 + 32 completions', '41,779,200', 'known by its shape alone', 'at most 1,024 tokens'])
      expect(text).toContain(word)
  })

  it('of the bundled model fits, by its own config.json', async () => {
    const text = await printForecast(parseSpec({ steps: 10, algorithm: { name: 'grpo', max_completion_length: 22 } }))
    expect(text).toContain('nothing that is known beforehand')
    expect(text).toMatch(/Whether it fits\n {2}On .+: Fits: \S+ MB of the .+ that the adapter grants\./)
    expect(text).toContain('7,040 generated tokens')
    const { step } = forecast(parseSpec({ algorithm: { name: 'motif' } }), { ...shapes['Qwen/Qwen2.5-3B-Instruct']!, contextLength: 160 })
    expect(step).toMatchObject({ rounds: [8, 32, 32], generated: 72 * 22, rowTokens: 8 * 160 })
    await expect(printForecast(parseSpec({ model: 'no such' }))).rejects.toThrow('there is no model no such')
  })

  it('refuses a completion that no prompt fits beside', () => {
    const spec = parseSpec({ ...read('grpo-vanilla.json'), algorithm: { name: 'grpo', max_completion_length: 40_000 } })
    expect(forecast(spec, shapes['Qwen/Qwen2.5-3B-Instruct']!).unfit.join()).toContain('completions of 40,000 tokens leave no room')
  })
})
