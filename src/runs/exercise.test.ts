/**
 * The exercise that a newcomer does: a task, a grader and an algorithm of one's own, each one object and one entry in its folder's
 * table. Nothing else is told of them, and yet specs name them, the schema and its errors know them, and a run trains with them.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { graders } from '../graders/index'
import type { Grader } from '../graders/grader'
import { createFakeHost } from '../policy/fake'
import { algorithms } from '../rl/index'
import { START, type Algorithm } from '../rl/algorithm'
import { ledger } from '../tasks/ledger'
import { tasks } from '../tasks/index'
import type { TaskKind } from '../tasks/task'

const short: Grader = { name: 'short', title: 'At most ten characters', grade: ({ text }) => Number(text.length <= 10) }

const echoSettings = z.object({ terms: z.tuple([z.int(), z.int()]).default([4, 4]) })

const echo: TaskKind<typeof echoSettings> = {
  name: 'echo',
  title: 'The ledger’s problems by another name',
  settings: echoSettings,
  graders: [{ name: 'short' as never, weight: 1 }],
  create: (settings) => ({ ...ledger.create(settings), name: 'echo' }),
}

const listenSettings = z.object({ patience: z.int().default(1) })

/** Samples, and never learns. */
const listen: Algorithm<typeof listenSettings> = {
  name: 'listen',
  title: 'Listen to one completion a step',
  settings: listenSettings,
  conflict: ({ patience }) => (patience > 9 ? `patience is ${patience}, and nobody has that much` : undefined),
  prepare: () => Promise.resolve(),
  async *run({ policy, tokenizer, task, graders: [grader], seed, steps, from = START }) {
    for (let step = from.step + 1; step <= steps; step++) {
      const example = task.example('train', step, seed)
      const prompt = tokenizer.prompt(task.prompt(example))
      const key = { seed, purpose: 'rollout' as const, step }
      const [group] = await policy.sample([prompt], { n: 1, maxTokens: 12, stop: policy.info.eos, temperature: 1, key })
      const { tokens, finish } = group![0]!
      const reward = (await grader!.grade({ text: tokenizer.decode(tokens), answer: example.answer, finish })) ?? 0
      yield { step, metrics: { reward, questions: step }, groups: [], resumable: true }
    }
  },
}

describe('a task, a grader and an algorithm of one’s own', () => {
  let spec: typeof import('./spec')
  let run: typeof import('./run')
  beforeAll(async () => {
    Object.assign(graders, { short })
    Object.assign(tasks, { echo })
    Object.assign(algorithms, { listen })
    spec = await import('./spec')
    run = await import('./run')
  })

  it('are named in a spec, with their settings, defaults and conflicts', () => {
    const parsed = spec.parseSpec({ task: { name: 'echo' }, algorithm: { name: 'listen' } })
    expect(parsed).toMatchObject({ task: { terms: [4, 4] }, algorithm: { patience: 1 }, graders: [{ name: 'short', weight: 1 }] })
    expect(() => spec.parseSpec({ algorithm: { name: 'listen', patience: 10 } })).toThrow('nobody has that much')
    expect(() => spec.parseSpec({ task: { name: 'ekho' } })).toThrow(/echo/)
    for (const name of ['short', 'echo', 'listen']) expect(spec.schemaText()).toContain(`"const": "${name}"`)
  })

  it('train a run', async () => {
    const parsed = spec.parseSpec({ task: { name: 'echo' }, algorithm: { name: 'listen' }, steps: 3, evaluation: { problems: 5 } })
    const played = run.createRun(parsed, createFakeHost())
    played.play()
    const { steps, evaluations } = await played.done
    expect(steps).toBe(3)
    expect(played.reports.map(({ metrics }) => metrics.reward)).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)])
    expect(evaluations.map(({ step, problems }) => [step, problems])).toEqual([[0, 5], [3, 5]]) // prettier-ignore
    await played.close()
  })
})
