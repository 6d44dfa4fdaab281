import { describe, expect, it } from 'vitest'
import { panelsOf } from './panels'

const names = (settings: object, reported?: Record<string, number>) => panelsOf(settings, reported).map(({ metric }) => metric)

describe('the small charts', () => {
  it('show the KL where there is a leash, and what a method alone has', () => {
    expect(names({ name: 'grpo', beta: 0 })).not.toContain('kl')
    expect(names({ name: 'grpo', beta: 0.04 })).toContain('kl')
    expect(names({ name: 'reft' })).toContain('loss/value_avg')
    expect(names({ name: 'motif' })).toContain('motif/notes_right')
  })

  it('say what a loss is where its value is none of the known', () => {
    const what = (loss_type: string) => panelsOf({ name: 'grpo', loss_type })[0]!.what?.question
    expect(what('dr_grpo')).toBeUndefined()
    expect(what('cispo')).toBe('What does this loss say?')
  })

  it('add what a run reports, once', () => {
    const reported = { loss: 1, 'graders/python/errors': 2, 'dynamic_sampling/dropped_groups': 3 }
    const more = names({ name: 'grpo' }, reported).slice(names({ name: 'grpo' }).length)
    expect(more).toEqual(['dynamic_sampling/dropped_groups', 'graders/python/errors'])
  })
})
