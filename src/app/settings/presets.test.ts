import { describe, expect, it } from 'vitest'
import { parseSpec } from '../../runs/spec'
import { defaultDraft, read, toDraft, withMethod, write } from '../draft'
import { accept, offerOf } from './offer'
import { presetOf, presetsOf, withPreset } from './presets'

const motif = withMethod(defaultDraft(), 'motif')

describe('presets', () => {
  it('are the algorithm’s; the example follows the first of them', () => {
    expect(presetOf(defaultDraft())).toEqual(presetsOf(defaultDraft())[0])
    expect(presetsOf(motif).length).toBeGreaterThan(1)
    expect(presetOf(motif)).toEqual(presetsOf(motif)[0])
  })

  it('each write a valid spec, are recognised in it, and lead back to the example', () => {
    for (const preset of presetsOf(motif)) {
      const chosen = withPreset(motif, preset.name)
      expect(parseSpec(chosen).algorithm).toMatchObject(preset.settings)
      expect(presetOf(chosen)?.name).toBe(preset.name)
      expect(withPreset(chosen, presetsOf(motif)[0]!.name)).toEqual(motif)
    }
  })

  it('leave what none of them names, and know when a draft is somebody’s own', () => {
    const own = write(motif, 'algorithm.learning_rate', 1e-3)
    expect(read(withPreset(own, presetsOf(own)[1]!.name), 'algorithm.learning_rate')).toBe(1e-3)
    expect(presetOf(write(motif, 'algorithm.note_fallback', 'whole'))).toBeUndefined()
    expect(() => withPreset(motif, 'no such')).toThrow(/no such.*as published/)
  })
})

describe('another method', () => {
  it('brings its task, steps and evaluation where nobody chose them, and takes them away again', () => {
    const spec = parseSpec(motif)
    expect([spec.task, spec.evaluation.rounds]).toEqual([{ name: 'ledger', terms: [6, 8] }, 3])
    expect(withMethod(motif, 'grpo')).toEqual(defaultDraft())
    const own = withMethod(write(write(defaultDraft(), 'task.terms', [2, 3]), 'steps', 7), 'motif')
    expect([read(own, 'task.terms'), read(own, 'steps'), read(own, 'evaluation.temperature')]).toEqual([[2, 3], 7, 0.8])
  })

  it('offers the sums that suit it, either way', () => {
    expect(offerOf(defaultDraft())).toBeUndefined()
    const usual = accept(motif, offerOf(motif)!)
    expect(read(usual, 'task.terms')).toEqual(read(defaultDraft(), 'task.terms'))
    expect(accept(usual, offerOf(usual)!)).toEqual(motif)
  })

  it('has evaluations of as many rounds as the method, and as long, whatever is edited', () => {
    expect(parseSpec(write(motif, 'algorithm.rounds', 4)).evaluation.rounds).toBe(4)
    const longer = toDraft(parseSpec(write(motif, 'algorithm.later_max_completion_length', 40)))
    const { evaluation } = parseSpec(write(longer, 'algorithm.later_max_completion_length', 50))
    expect(evaluation.later_max_completion_length).toBe(50)
  })
})
