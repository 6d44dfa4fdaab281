import { describe, expect, it } from 'vitest'
import { fakeContext, runAll } from '../../rl/context.fixture'
import { algorithms } from '../../rl/index'
import type { StepReport } from '../../rl/report'
import { parseSpec, type AlgorithmSpec } from '../../runs/spec'
import { toDraft, write } from '../draft'
import { firstRow } from '../tokens/batch'
import { ruleOf } from '../tokens/rule'
import { changedPaths, editedSpec, editOf, takeOver } from './edit'
import { gradeStep, sameGrader } from './grading'
import { sideBySide } from './losses'
import { compares, moved, outcomeOf, rankedOrder, wayOf } from './outcome'
import { outcomeWords } from './words'

const small = { questions: 3, num_generations: 6, max_completion_length: 22, num_iterations: 2 }
const EXACT = { name: 'exact' as const, weight: 1 }

async function made(name: 'grpo' | 'motif' | 'rloo' | 'ppo' | 'sft' = 'grpo', change: object = {}) {
  const own = algorithms[name].settings.parse({ ...(name === 'sft' ? { questions: 2 } : small), ...change })
  const reports = await runAll(algorithms[name], await fakeContext({ steps: 2 }, undefined, name === 'ppo'), own)
  return { algorithm: { name, ...own } as AlgorithmSpec, reports }
}

const completions = ({ groups }: StepReport) => groups.flatMap((group) => group.completions)
const outcome = (report: StepReport, graded: Parameters<typeof outcomeOf>[1], hand: Record<number, number>, algorithm: AlgorithmSpec) => {
  if (!compares(algorithm)) throw new Error(`${algorithm.name} compares nothing`)
  return outcomeOf(report, graded, hand, algorithm)
}

describe('what if', () => {
  it.each(['grpo', 'rloo', 'ppo', 'motif'] as const)('changes nothing while nothing is edited: %s', async (name) => {
    const { algorithm, reports } = await made(name)
    const report = reports[0]!
    const result = outcome(report, await gradeStep(report, [EXACT], [EXACT], algorithm), {}, algorithm)
    for (const sample of result.groups.flat()) {
      expect(sample.after.reward).toBeCloseTo(sample.before.reward, 12)
      expect(sample.after.advantage).toBeCloseTo(sample.before.advantage, 12)
      expect([sample.turned, sample.after.rank]).toEqual([false, sample.before.rank])
    }
    expect(result.silent.after).toBe(result.silent.before)
  })

  it('grades the stored texts again, as the run’s own grader did', async () => {
    for (const name of ['grpo', 'motif'] as const) {
      const { algorithm, reports } = await made(name)
      // a label makes it another grader, which has to grade
      const again = await gradeStep(reports[0]!, [{ ...EXACT, label: 'again' }], [EXACT], algorithm)
      const scores = completions(reports[0]!).map((completion) => completion.scores.exact)
      expect(again.names[0]).toBe('again')
      again.scores[0]!.forEach((score, i) => { expect(score).toBeCloseTo(scores[i]!, 12) })
    }
  })

  it('shows what another grader and another weight would have done', async () => {
    const { algorithm, reports } = await made()
    const report = reports[0]!
    const graded = await gradeStep(report, [{ ...EXACT, weight: 0 }, { name: 'format', weight: 2 }], [EXACT], algorithm)
    const result = outcome(report, graded, {}, algorithm)
    const ended = completions(report).map(({ text, finish }) => (/<ans> \S+$/.test(text.trim()) && finish === 'stop' ? 2 : 0))
    const rewards = result.groups.flat().map(({ after }) => after.reward)
    expect(rewards.filter((reward) => reward === 2).length).toBeGreaterThan(0)
    rewards.forEach((reward, i) => { if (ended[i] === 2) expect(reward).toBe(2) })
    expect(result.groups.flat().some(({ turned }) => turned)).toBe(true)
  })

  it('takes rewards by hand', async () => {
    const { algorithm, reports } = await made()
    const graded = await gradeStep(reports[0]!, [EXACT], [EXACT], algorithm)
    const result = outcome(reports[0]!, graded, { 0: 5, 6: -5 }, algorithm)
    expect(outcomeWords(result, 0)).toMatch(/ranks change.*more in the step’s other groups; .*mean reward of the step \d\.\d\d → /)
    expect(rankedOrder(result.groups[0]!)[0]!.place).toBe(0)
    expect([result.groups[0]![0]!.after.rank, result.groups[1]![0]!.after.rank]).toEqual([1, 6])
    expect(wayOf(result.groups[0]![0]!.after.advantage)).toBe('up')
    expect(result.groups[2]!.every(({ turned }) => !turned)).toBe(true)
    expect(result.silent.after).toBeLessThanOrEqual(result.silent.before)
  })

  it('tells a grader that has changed from one that weighs something else', () => {
    expect(sameGrader(EXACT, { ...EXACT, weight: 3 })).toBe(true)
    expect(sameGrader({ name: 'number', weight: 1, which: 'last' }, { name: 'number', weight: 1, which: 'first' })).toBe(false)
  })

  it('says why a step cannot be graded anew', async () => {
    const { algorithm, reports } = await made()
    const bare = { ...reports[0]!, groups: reports[0]!.groups.map(({ answer: _answer, ...group }) => group) }
    await expect(gradeStep(bare, [{ name: 'format', weight: 1 }], [EXACT], algorithm)).rejects.toThrow('recorded without its answers')
    expect(compares((await made('sft')).algorithm)).toBe(false)
  })
})

describe('what is edited', () => {
  const spec = parseSpec({ algorithm: { name: 'grpo' }, graders: [EXACT] })

  it('is told from the run, and taken over into the form', () => {
    const { draft } = editOf(spec).page.getState()
    expect([changedPaths(spec, draft), editOf(spec) === editOf(spec)]).toEqual([[], true])
    const edited = write(write(draft, 'graders', [{ name: 'format', weight: 2 }]), 'algorithm.scale_rewards', 'none')
    expect(changedPaths(spec, edited)).toEqual(['graders', 'algorithm.scale_rewards'])
    const form = write(toDraft(spec), 'algorithm.learning_rate', 0.5)
    const taken = parseSpec(takeOver(form, spec, edited))
    const algorithm = { ...(form.algorithm as object), scale_rewards: 'none' }
    expect(taken).toEqual(parseSpec({ ...form, graders: [{ name: 'format', weight: 2 }], algorithm }))
    expect(editedSpec(spec, edited).graders).toEqual(taken.graders)
    // the form has gone on to another method, which knows nothing of these settings
    const other = takeOver(toDraft(parseSpec({ algorithm: { name: 'sft' } })), spec, edited)
    expect(parseSpec(other)).toMatchObject({ graders: taken.graders, algorithm: { name: 'sft' } })
  })

  it('says what is wrong with it', () => {
    const wrong = write(toDraft(spec), 'graders', [{ name: 'number', weight: 1, which: 'middle' }])
    expect(() => editedSpec(spec, wrong)).toThrow('middle')
  })
})

describe('a place up or down', () => {
  it('goes past equals first, then past the next', () => {
    expect(moved([1, 0, 0, 0.5], 1, 1)).toBe(0.25)
    expect(moved([1, 0.25, 0, 0.5], 1, 1)).toBe(0.75)
    expect(moved([1, 0.75, 0, 0.5], 1, 1)).toBe(1.5)
    expect(moved([1, 1.5, 0, 0.5], 1, 1)).toBeUndefined()
    expect(moved([0, 0, 0], 0, 1)).toBe(0.5)
    expect(moved([0, 0, 0], 0, -1)).toBe(-0.5)
    expect(moved([1, 0.5, 0], 0, -1)).toBe(0.25)
  })
})

describe('every loss side by side', () => {
  it('has the record’s own slopes where the type is the run’s', async () => {
    const { algorithm, reports } = await made('grpo', { loss_type: 'dr_grpo', beta: 0.05 })
    const [report] = reports
    const tokens = report!.tokens!
    const first = firstRow(report!.groups, 1)
    const sides = sideBySide(tokens, ruleOf(algorithm), tokens.advantages as number[], first, 6)
    expect(sides).toHaveLength(10)
    expect(sides.filter(({ own }) => own).map(({ type }) => type)).toEqual(['dr_grpo'])
    const slope = sides.find(({ own }) => own)!.pull.map((row) => row.map((pull) => -pull))
    slope.forEach((row, i) => { row.forEach((value, t) => { expect(value).toBeCloseTo(tokens.slope[first + i]![t]!, 15) }) })
    for (const { loss, pull } of sides) expect([loss, ...pull.flat()].every(Number.isFinite)).toBe(true)
  })

  it('reads PPO’s record too, minibatches and all', async () => {
    const { algorithm, reports } = await made('ppo', { questions: 4, num_generations: 4, num_mini_batches: 2 })
    const sides = sideBySide(reports[0]!.tokens!, ruleOf(algorithm), Array.from({ length: 16 }, (_, i) => (i % 2) - 0.5), 0, 16)
    for (const { loss, pull } of sides) expect([loss, ...pull.flat()].every(Number.isFinite)).toBe(true)
    expect(sides[0]!.pull.filter((row) => row.length === 0)).toHaveLength(8)
  })
})
