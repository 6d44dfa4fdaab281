import { describe, expect, it } from 'vitest'
import { parseSpec } from '../runs/spec'
import { defaultDraft, read, toDraft, withMethod, withTask, write } from './draft'
import { firstQuestion } from './question'

describe('the draft', () => {
  it('reads and writes by path without touching the old one', () => {
    const old = defaultDraft()
    const other = write(write(old, 'task.terms.1', 7), 'algorithm.beta', 0.04)
    expect([read(other, 'task.terms.1'), read(other, 'algorithm.beta'), read(other, 'no.such.path')]).toEqual([7, 0.04, undefined])
    expect(read(old, 'task.terms.1')).toBe(5)
    expect(read(write(old, 'steps', undefined), 'steps')).toBeUndefined()
  })

  it('is a spec, and follows it there and back', () => {
    const spec = parseSpec(defaultDraft())
    expect(parseSpec(toDraft(spec))).toEqual(spec)
  })

  it('lets settings that follow another follow its edit', () => {
    const edited = parseSpec(write(write(defaultDraft(), 'seed', 9), 'algorithm.max_completion_length', 30))
    expect([edited.adapter.seed, edited.evaluation.max_completion_length]).toEqual([9, 30])
    const own = toDraft(parseSpec({ ...defaultDraft(), adapter: { seed: 3 } }))
    expect(parseSpec(write(own, 'seed', 9)).adapter.seed).toBe(3)
  })

  it('takes the settings of another method or task whole, so that the spec stays valid', () => {
    const sft = withMethod(defaultDraft(), 'sft')
    expect(parseSpec(sft).algorithm.name).toBe('sft')
    expect(read(sft, 'algorithm.num_generations')).toBeUndefined()
    expect(parseSpec(withMethod(sft, 'grpo'))).toEqual(parseSpec(defaultDraft()))
    expect(parseSpec(withTask(defaultDraft(), 'chain')).task.name).toBe('chain')
  })

  it('knows the first question while it is a spec', () => {
    expect(firstQuestion(defaultDraft())?.prompt).toMatch(/^<q> a/)
    expect(firstQuestion(defaultDraft())).toEqual(firstQuestion(defaultDraft()))
    expect(firstQuestion(write(defaultDraft(), 'steps', 0))).toBeUndefined()
    expect([firstQuestion(defaultDraft()), firstQuestion(withMethod(defaultDraft(), 'motif'))].map((first) => /<(last|prog)>/.exec(first!.prompt)![1]))
      .toEqual(['last', 'prog'])
  })
})
