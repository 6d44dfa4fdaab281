import katex from 'katex'
import { describe, expect, it } from 'vitest'
import { fakeContext, runAll } from '../../rl/context.fixture'
import { algorithms, type AlgorithmName } from '../../rl/index'
import { LOSS_TYPES } from '../../rl/math/losses'
import type { AlgorithmSpec } from '../../runs/spec'
import { firstRow, updatesOf } from './batch'
import { cardOf, ordinal } from './card'
import { lookAt } from './look'
import { ruleOf } from './rule'
import { updateWords } from './updates'
import { reachOf, SHADES, shadesOf, tintOf } from './shades'

const small = { questions: 2, num_generations: 8, max_completion_length: 22, learning_rate: 0.05, num_iterations: 3 }
const family: [AlgorithmName, object][] = LOSS_TYPES.map((loss_type) => ['grpo', { ...small, loss_type }])
const cases: [AlgorithmName, object][] = [
  ...family,
  ['grpo', { ...small, importance_sampling_level: 'sequence', epsilon: 3e-4 }],
  ['grpo', { ...small, beta: 0.1, gradient_accumulation_steps: 2, top_entropy_quantile: 0.5 }],
  ['rloo', small],
  ['ppo', { ...small, num_mini_batches: 2, questions: 4, convention: 'trl' }],
  ['ppo', { ...small, convention: 'reft' }],
]

async function made(name: AlgorithmName, settings: object) {
  const own = algorithms[name].settings.parse(settings)
  const context = await fakeContext({ steps: 3 }, undefined, name === 'ppo')
  return { rule: ruleOf({ name, ...own } as AlgorithmSpec), reports: await runAll(algorithms[name], context, own) }
}

describe('a token’s card', () => {
  it.each(cases)('has the record’s slope and adds up to the step’s loss: %s %o', async (name, settings) => {
    const { rule, reports } = await made(name, settings)
    if (rule.of === 'none') throw new Error('no rule')
    expect(reports[0]!.tokens!.slope.flat().some((slope) => slope !== 0)).toBe(true)
    for (const { tokens, metrics } of reports) {
      const rows = lookAt(tokens!, rule)
      rows.forEach((row, b) => {
        row.forEach((token, t) => {
          const card = cardOf(token, { attempt: b, token: t }, rule, rows)
          expect(card.slope).toBe(tokens!.slope[b]![t])
          expect(card.way).toBe(card.slope === 0 ? undefined : card.slope < 0 ? 'up' : 'down')
        })
      })
      const loss = rows.flat().reduce((sum, { share }) => sum + share, 0)
      expect(loss).toBeCloseTo(name === 'ppo' ? metrics['loss/policy_avg']! : metrics.loss!, 10)
      const [b, row] = [...rows.entries()].find(([, of]) => of.length > 1)!
      const card = cardOf(row[1]!, { attempt: b, token: 1 }, rule, rows)
      const render = (tex: string) => katex.renderToString(tex, { throwOnError: true, strict: 'error' })
      for (const tex of [card.letters, ...card.numbers]) expect(render(tex)).toContain('katex')
    }
  })

  it('says that nothing is clipped at the first update, and what is at a later one', async () => {
    const { rule, reports } = await made('grpo', { ...small, loss_type: 'dapo', learning_rate: 0.3 })
    if (rule.of === 'none') throw new Error('no rule')
    const [first, , last] = reports.map(({ tokens }) => lookAt(tokens!, rule))
    expect(first!.flat().every(({ ratio, held }) => ratio === 1 && !held)).toBe(true)
    const clipped = last!.flat().filter(({ held }) => held)
    expect(clipped.length).toBeGreaterThan(0)
    expect(clipped.every(({ slope }) => Math.abs(slope) === 0)).toBe(true)
    const place = { attempt: 0, token: 0 }
    expect(cardOf(clipped[0]!, place, rule, last!).words[0]).toMatch(/^Clipped: its ratio/)
    const moving = first!.flat().find(({ advantage }) => advantage !== 0)!
    expect(cardOf(moving, place, rule, first!).words[0]).toMatch(/^Not clipped: the policy is still the one that sampled/)
  })

  it('has a sentence for methods that keep no record', () => {
    for (const name of ['sft', 'self_training', 'reward_model'] as const) {
      const rule = ruleOf({ name, ...algorithms[name].settings.parse({}) } as AlgorithmSpec)
      expect(rule.of === 'none' && rule.words).toMatch(/\.$/)
    }
  })

  it('counts in words', () => {
    expect([0, 3, 11, 12, 20, 21, 110, 111].map(ordinal)).toEqual(['first', 'fourth', 'twelfth', '13th', '21st', '22nd', '111th', '112th'])
  })
})

describe('a batch', () => {
  it('is gone through from the step that sampled it to the last that uses it', async () => {
    const { reports } = await made('grpo', { ...small, num_iterations: 2 })
    expect(updatesOf(reports, reports[0]!).map(({ step }) => step)).toEqual([1, 2])
    expect(updatesOf(reports, reports[2]!).map(({ step }) => step)).toEqual([3])
    expect([0, 1, 2].map((question) => firstRow(reports[0]!.groups, question))).toEqual([0, 8, 16])
  })
})

describe('an update', () => {
  it('says that ratios are 1 at first, and how far they are later', async () => {
    const { rule, reports } = await made('grpo', { ...small, learning_rate: 0.3 })
    if (rule.of === 'none') throw new Error('no rule')
    const rows = reports.map(({ tokens }) => lookAt(tokens!, rule))
    expect(updateWords(rows[0]!, 0, 3)).toMatch(/every ratio is 1 and nothing is clipped. See update 2 to 3\./)
    expect(updateWords(rows[2]!, 2, 3)).toMatch(/^Ratios from \d\.\d\d to \d+\.\d\d; \d+ of \d+ tokens clipped\.$/)
    expect(updateWords([[]], 1, 3)).toMatch(/other completions/)
  })
})

describe('shades', () => {
  it('are scaled to the largest number of the group, with a sign where there is one', async () => {
    const { rule, reports } = await made('grpo', { ...small, beta: 0.1 })
    if (rule.of === 'none') throw new Error('no rule')
    const rows = lookAt(reports[2]!.tokens!, rule).slice(0, 4)
    expect(shadesOf(rows)).toHaveLength(SHADES.length)
    for (const shade of SHADES) {
      const reach = reachOf(rows, shade)
      const tints = rows.flat().map((token) => tintOf(token, shade, reach))
      expect(Math.max(...tints.map(({ strength }) => strength))).toBe(reach === 0 ? 0 : 1)
      for (const { strength } of tints) expect(strength).toBeGreaterThanOrEqual(0)
      for (const token of rows.flat()) expect(shade.write(token)).not.toMatch(/NaN|undefined/)
    }
    const pull = SHADES.find(({ name }) => name === 'pull')!
    rows.flat().forEach((token) => {
      const way = token.slope < 0 ? 'up' : 'down'
      expect(tintOf(token, pull, reachOf(rows, pull)).way).toBe(Math.abs(token.slope) <= 1e-12 ? undefined : way)
    })
  })

  it('leave the KL out where there is no reference', async () => {
    const { rule, reports } = await made('grpo', small)
    if (rule.of === 'none') throw new Error('no rule')
    expect(shadesOf(lookAt(reports[0]!.tokens!, rule)).map(({ name }) => name)).not.toContain('kl')
  })
})
