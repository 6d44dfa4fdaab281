import { describe, expect, it } from 'vitest'
import { readCheckpoint, writeCheckpoint } from './checkpoint'
import { parseSpec } from './spec'

const position = { step: 3, numTokens: 10, generatedTokens: 5, questions: 12 }
const checkpoint = { spec: parseSpec({}), position, evaluations: [], seconds: 2, policy: Uint8Array.of(1, 2, 3) }

describe('a checkpoint whose header is damaged', () => {
  it.each([
    ['position', undefined], ['position', { ...position, step: -1 }], ['position', { ...position, numTokens: '9' }], ['seconds', null],
    ['evaluations', [{ step: 1 }]], ['evaluations', {}],
  ])('is refused: %s %j', (key, value) => {
    const bytes = writeCheckpoint({ ...checkpoint, [key]: value })
    expect(() => readCheckpoint(bytes)).toThrow(new RegExp(`^the checkpoint is damaged \\(${key}`))
  })

  it('is refused where it is no JSON', () => {
    const bytes = writeCheckpoint(checkpoint)
    expect(() => readCheckpoint(bytes.with(16, 0x20))).toThrow(/^the checkpoint is damaged \([^\n]+\); go on from another/)
  })
})
