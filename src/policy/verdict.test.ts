import { describe, expect, it } from 'vitest'
import { judge, type Candidate, type Change } from './verdict'

const GB = 1e9
const limits = { maxBufferSize: GB, maxStorageBufferBindingSize: 0.1 * GB }
const asked = { tokens: 512, rows: 32, rank: 16 }

/** Weights, then bytes of a token, of a row and of a rank. */
function planner(weights: number, perToken: number, perRow = 0, perRank = 0, largest = 0, recomputed = false) {
  return ({ bits, tokens = asked.tokens, rows = asked.rows, rank = asked.rank }: Change): Candidate => {
    const total = (bits ? 0.16 * weights : weights) + tokens * perToken + rows * perRow + rank * perRank
    return { parts: [], total, recomputed, largest: { name: 'down_proj', bytes: bits ? 0.16 * largest : largest } }
  }
}

describe('the verdict', () => {
  it('fits, with checkpointing where layers are computed again', () => {
    expect(judge(limits, asked, planner(GB / 2, 1000))).toEqual({ fits: 'fits', words: 'Fits: 501 MB of the 1.0 GB that the adapter grants.' })
    const again = judge(limits, asked, planner(GB / 2, 1000, 0, 0, 0, true))
    expect(again).toMatchObject({ fits: 'fits with checkpointing', words: expect.stringMatching(/^Fits with checkpointing, each layer/) as string })
  })

  it('names each change that would do by itself', () => {
    const words = (plan: (change: Change) => Candidate) => judge(limits, asked, plan).words
    expect(words(planner(2 * GB, 1000))).toBe('Does not fit: 2.0 GB of the 1.0 GB that the adapter grants; try a file of 4 bits (321 MB in all).')
    expect(words(planner(0, 5e6))).toMatch(/; try shorter ones \(128 tokens with their prompt\)\.$/)
    expect(words(planner(0, 0, 5e7))).toMatch(/; try fewer completions \(16 in a step\)\.$/)
    expect(words(planner(0, 0, 0, 1e8))).toMatch(/; try a lower rank \(8\)\.$/)
    expect(words(planner(0.6 * GB, 0, 2e7))).toMatch(/try a file of 4 bits \(736 MB in all\), or fewer completions \(16 in a step\)\.$/)
  })

  it('knows what only a smaller model mends, and a tensor that cannot be bound', () => {
    expect(judge(limits, asked, planner(50 * GB, 0)).words).toMatch(/; try a smaller model\.$/)
    const both = planner(2 * GB, 5e6)
    expect(judge(limits, asked, both).words).toMatch(/; try a file of 4 bits with fewer and shorter completions\.$/)
    const wide = judge(limits, asked, planner(GB / 2, 0, 0, 0, 0.2 * GB))
    expect(wide).toEqual({
      fits: 'does not fit',
      words: 'Does not fit: down_proj takes 200 MB, and the adapter binds 100 MB at once; try a file of 4 bits (80 MB in all).',
    })
  })
})
