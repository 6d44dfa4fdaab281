import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSpec, schemaText } from './spec'
import { specFromAddress, specToFragment } from './share'

describe('a spec', () => {
  it('is filled in to the last setting, and stays as it is when it is parsed again', () => {
    const spec = parseSpec({ seed: 5 })
    expect(spec).toMatchObject({
      model: 'ledger',
      adapter: { rank: 8, alpha: 16, seed: 5 },
      task: { name: 'ledger', terms: [4, 5] },
      graders: [{ name: 'exact', weight: 1 }],
      algorithm: { name: 'grpo', num_generations: 8, use_bias_correction_kl: true },
      evaluation: { every: 5, problems: 200, max_completion_length: 64 },
    })
    expect(spec.adapter.targets).toHaveLength(7)
    expect(parseSpec(spec)).toEqual(spec)
    expect(parseSpec(JSON.stringify(spec))).toEqual(spec)
    expect(parseSpec({ algorithm: { name: 'grpo', max_completion_length: 9 } }).evaluation.max_completion_length).toBe(9)
    expect(parseSpec({ task: { name: 'chain' } }).graders.map(({ name }) => name)).toEqual(['exact', 'format'])
  })

  it.each<[unknown, string]>([
    ['{', 'the run spec is not JSON'],
    [null, 'the run spec is null; it must be an object'],
    [{ tasks: 1 }, 'the run spec has the unknown key “tasks”; allowed are model, file, adapter, task'],
    [{ task: { name: 'sudoku' } }, 'task.name in the run spec is "sudoku"; allowed are ledger, chain'],
    [{ task: {} }, 'task.name in the run spec is missing; allowed are ledger, chain'],
    [{ task: { name: 'ledger', term: 1 } }, 'task in the run spec has the unknown key “term”; allowed are name, terms'],
    [{ task: { name: 'ledger', terms: [5, 4] } }, 'task.terms in the run spec is [5,4]; the first number of terms'],
    [{ adapter: { rank: -1 } }, 'adapter.rank in the run spec is -1; it must be at least 1'],
    [{ adapter: { rank: 1.5 } }, 'adapter.rank in the run spec is 1.5; it must be a whole number'],
    [{ adapter: { targets: ['q'] } }, 'adapter.targets[0] in the run spec is "q"; allowed are q_proj, k_proj'],
    [{ adapter: { targets: [] } }, 'adapter.targets in the run spec is []; it must be at least 1 entries long'],
    [{ algorithm: { name: 'dpo' } }, 'algorithm.name in the run spec is "dpo"; allowed are grpo, motif'],
    [{ algorithm: { name: 'grpo', lr: 1 } }, 'algorithm in the run spec has the unknown key “lr”; allowed are name, questions'],
    [{ algorithm: { name: 'grpo', learning_rate: 0 } }, 'algorithm.learning_rate in the run spec is 0; it must be above 0'],
    [{ algorithm: { name: 'grpo', loss_type: 'gspo' } }, 'allowed are grpo, dapo, dr_grpo, bnpo'],
    [{ algorithm: { name: 'grpo', gradient_accumulation_steps: 5 } }, 'does not divide the 32 rows'],
    [{ graders: [{ name: 'exakt' }] }, 'graders[0].name in the run spec is "exakt"; allowed are exact, format'],
    [{ graders: [{ name: 'exact' }, { name: 'exact' }] }, 'name “exact” twice'],
    [{ evaluation: { at_start: 3 } }, 'evaluation.at_start in the run spec is 3; it must be true or false'],
    [{ model: '' }, 'model in the run spec is ""; it must be at least 1 characters long'],
  ])('that is wrong is refused in one sentence: %j', (spec, sentence) => {
    expect(() => parseSpec(spec)).toThrow(sentence)
  })

  it('has its JSON Schema in public/runspec.schema.json (npm run schema writes it)', () => {
    expect(readFileSync(new URL('../../public/runspec.schema.json', import.meta.url), 'utf8')).toBe(schemaText())
  })
})

describe('a spec in an address', () => {
  const spec = parseSpec({ model: 'Qwen/Qwen2.5-0.5B-Instruct — ü', seed: 3 })

  it('comes back from the fragment', () => {
    const fragment = specToFragment(spec)
    expect(fragment).toMatch(/^#v1&/)
    expect(specFromAddress(`https://example.org/etude/?run${fragment}`)).toEqual(spec)
    expect(specFromAddress('https://example.org/?run#top')).toBeUndefined()
  })

  it('that is damaged is refused', () => {
    expect(() => specFromAddress('https://example.org/#spec=@')).toThrow('damaged')
    expect(() => specFromAddress(`https://example.org/#spec=${btoa('{"steps":0}')}`)).toThrow('steps in the run spec is 0')
  })
})
