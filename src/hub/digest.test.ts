import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Digest } from './digest'

describe.each(['sha256', 'sha1'] as const)('%s', (kind) => {
  it('is what Node says, at every length around a block and in any pieces', () => {
    for (let length = 0; length < 200; length++) {
      const bytes = randomBytes(length)
      const digest = new Digest(kind)
      for (let at = 0; at < length;) {
        const next = at + 1 + Math.floor(Math.random() * 90)
        digest.update(bytes.subarray(at, next))
        at = next
      }
      expect(digest.hex(), bytes.toString('hex')).toBe(createHash(kind).update(bytes).digest('hex'))
    }
  })

  it('is what Node says of a large file', () => {
    const bytes = randomBytes(5_000_001)
    expect(new Digest(kind).update(bytes).hex()).toBe(createHash(kind).update(bytes).digest('hex'))
  })
})
