import { describe, expect, it } from 'vitest'
import { tokensOf } from './tokens'

const report = (metrics: Record<string, number>) => [{ step: 1, metrics, groups: [], resumable: true }]

describe('tokens so far', () => {
  it('are those that the model wrote, or those that it read where it writes none', () => {
    expect(tokensOf(report({ generated_tokens: 400, num_tokens: 900 }))).toBe(400)
    expect(tokensOf(report({ generated_tokens: 0, num_tokens: 900 }))).toBe(900)
    expect(tokensOf([])).toBe(0)
  })
})
