import { describe, expect, it } from 'vitest'
import { binaryCrossEntropy } from './binary'

describe('binary cross-entropy', () => {
  const [logits, labels] = [[-3, -0.2, 0, 0.7, 40], [true, false, true, true, false]]

  it('is −log of what the labels were given', () => {
    const p = logits.map((z) => 1 / (1 + Math.exp(-z)))
    const wanted = p.map((x, i) => (i === 4 ? 40 : -Math.log(labels[i] ? x : 1 - x)))
    expect(binaryCrossEntropy(logits, labels).loss).toBeCloseTo(wanted.reduce((a, b) => a + b) / 5, 12)
  })

  it('has the slope of its value', () => {
    const { slope } = binaryCrossEntropy(logits, labels)
    const at = (i: number, z: number) => binaryCrossEntropy(logits.with(i, z), labels).loss
    logits.forEach((z, i) => expect(slope[i]!).toBeCloseTo((at(i, z + 1e-5) - at(i, z - 1e-5)) / 2e-5, 8))
  })
})
