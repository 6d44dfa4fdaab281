/** A run's motivation from spec to prompt: in which steps, in which evaluations, with which words. */
import { describe, expect, it } from 'vitest'
import type { SampleKey } from '../policy/policy'
import { createRun } from '../runs/run'
import { parseSpec } from '../runs/spec'
import { shownAt } from '../tasks/motivation'
import { scriptedHost } from './script.fixture'

const spec = {
  model: 'script',
  task: { name: 'knights' },
  algorithm: { name: 'grpo', questions: 2, num_generations: 2, max_completion_length: 60 },
  steps: 8,
  evaluation: { every: 0, problems: 3, at_start: false },
  seed: 5,
}

async function asked(source: object): Promise<{ key: SampleKey; prompt: string }[]> {
  const found: { key: SampleKey; prompt: string }[] = []
  const host = scriptedHost((prompt, key, at) => {
    found.push({ key, prompt })
    return `<think> x </think> <ans> ${at % 2} 0 1`
  })
  const run = createRun(parseSpec(source), host)
  run.play()
  await run.done
  const shown = run.reports.flatMap(({ groups }) => groups.map(({ prompt }) => prompt))
  const trained = found.filter(({ key }) => key.purpose === 'rollout').map(({ prompt }) => prompt)
  expect([...new Set(trained.map((prompt) => prompt.replaceAll(/^\w+: /gm, '').trim().replaceAll('\n', '\n\n')))]).toEqual([...new Set(shown)])
  return found
}

const rules = (prompt: string) => /<rules> (.*) <go>/.exec(prompt)?.[1]

describe('a run’s motivation', () => {
  it('stands in the prompts of its share of the steps, and of the evaluations that ask for it', async () => {
    const variants = [{ name: 'without', motivation: 'none' }, { name: 'misled', motivation: 'misleading' }]
    const found = await asked({ ...spec, motivation: { rules: 'partly', share: 0.5 }, evaluation: { ...spec.evaluation, variants } })
    const trained = found.filter(({ key }) => key.purpose === 'rollout')
    const steps = [...new Set(trained.map(({ key }) => key.step))]
    expect(steps).toHaveLength(8)
    for (const { key, prompt } of trained) expect(rules(prompt)).toBe(shownAt(5, key.step, 0.5) ? 'think y3 fast' : undefined)
    expect(new Set(steps.map((step) => shownAt(5, step, 0.5))).size).toBe(2)
    const evaluated = found.filter(({ key }) => key.purpose === 'evaluation').map(({ prompt }) => rules(prompt))
    expect(evaluated).toEqual([...Array<string>(3).fill('think y3 fast'), ...Array<undefined>(3), ...Array<string>(3).fill('direct y3 fast')])
  })

  it('is none when nothing is said, and changes no question and no reward', async () => {
    const [plain, motivated] = [await asked(spec), await asked({ ...spec, motivation: {} })]
    expect(plain.every(({ prompt }) => rules(prompt) === undefined)).toBe(true)
    expect(motivated.map(({ prompt }) => prompt.replace('<rules> think y1 acc ', ''))).toEqual(plain.map(({ prompt }) => prompt))
    expect(parseSpec({ ...spec, motivation: { rules: 'none' } })).toEqual(parseSpec(spec))
  })

  it('is written by hand or by the graders, and refused where neither says anything', async () => {
    const chain = { ...spec, task: { name: 'chain' }, steps: 1, evaluation: { problems: 0 } }
    const [first] = await asked({ ...chain, motivation: { text: 'Two points when right.' } })
    expect(first!.prompt).toMatch(/^system: Two points when right\.\nuser: What is/)
    const graders = [{ name: 'motif_format', weight: 1 }]
    await expect(asked({ ...chain, graders, motivation: {} })).rejects.toThrow('does not say its rules; write them as motivation.text')
    expect(() => parseSpec({ ...spec, motivation: { rules: 'none', text: 'x' } })).toThrow('has a text but its rules are “none”')
    expect(() => parseSpec({ ...spec, motivation: { rules: 'false' } })).toThrow('motivation.rules')
  })
})
