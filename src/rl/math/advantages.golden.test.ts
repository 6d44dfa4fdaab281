import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sources } from '../../hub/golden'
import { advantagesOf, type Scale } from './advantages'

const file = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      trainer: z.string(),
      config: z.record(z.string(), z.unknown()),
      num_generations: z.number(),
      rewards: z.array(z.array(z.number().nullable())),
      advantages: z.array(z.number()),
      metrics: z.record(z.string(), z.number().nullable()),
    }),
  ),
})

describe.each(sources('trl_advantages.json'))('advantages against TRL, $where', ({ path }) => {
  const { cases } = path ? file.parse(JSON.parse(readFileSync(path, 'utf8'))) : { cases: [] }
  const mine = cases.filter(
    (c) => c.trainer === 'grpo' && (c.config.multi_objective_aggregation ?? 'sum_then_normalize') === 'sum_then_normalize',
  )

  it.skipIf(!path)('finds its cases, and says what it leaves out', () => {
    const rloo = cases.filter((c) => c.trainer === 'rloo').length
    console.info(`${mine.length} of ${cases.length} cases; left out: ${rloo} RLOO, ${cases.length - mine.length - rloo} normalize_then_sum`)
    expect(mine.length).toBeGreaterThan(0)
  })

  it.each(mine)('$name', (c) => {
    const names = c.rewards.map((_, f) => `r${f}`)
    const weights = (c.config.reward_weights as number[] | null | undefined) ?? names.map(() => 1)
    const got = advantagesOf(c.rewards, names, weights, c.num_generations, (c.config.scale_rewards as Scale | undefined) ?? 'group')
    expect(got.advantages).toHaveLength(c.advantages.length)
    c.advantages.forEach((want, i) => expect(Math.abs(got.advantages[i]! - want), `advantage ${i}`).toBeLessThan(1e-9))
    for (const [name, want] of Object.entries(c.metrics)) {
      if (name.startsWith('completions/')) continue // lengths are not advantages'; the whole runs have them
      if (want === null) expect(got.metrics[name], name).toBeNaN()
      else expect(Math.abs(got.metrics[name]! - want), name).toBeLessThan(1e-9)
    }
  })
})
