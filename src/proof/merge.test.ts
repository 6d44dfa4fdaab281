/** The bundled model with an adapter merged in: ONNX Runtime and our own reader give the log-probs of the adapter beside it. */
import * as ort from 'onnxruntime-web'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkMerge } from './merge.fixture'
import { openDisk } from '../hub/disk'
import { mergeModel } from '../onnx/merge'

const LEDGER = join(import.meta.dirname, '../../public/models/ledger')
const FILE = 'onnx/model.onnx'

describe('the bundled model, merged', () => {
  it.each([['f32', 1e-4, 0], ['f16', 0.05, 5e-4], ['q4', 5, 0.15]] as const)('as %s', async (type, limit, error) => {
    const found = await checkMerge(LEDGER, FILE, type, ort)
    console.info(`${type}: ${found.bytes.length} bytes, weights off by ${found.error.toExponential(1)}, ours ${found.ours}, ONNX Runtime ${found.ort}; the adapter moves ${found.moved}`)
    expect(found.moved).toBeGreaterThan(0.5)
    expect(found.adapted).toBe(found.linears)
    expect(found.ours).toBeLessThan(limit)
    expect(Math.abs(Number(found.ort) - found.ours)).toBeLessThan(1e-3)
    expect(found.error).toBeLessThanOrEqual(error)
    if (type !== 'f32') expect(found.error).toBeGreaterThan(0)
  })

  it('refuses an adapter of another size', async () => {
    const wrong = { a: new Float32Array(4), b: new Float32Array(4), rank: 1, scale: 1 }
    await expect(mergeModel(openDisk(LEDGER), FILE, () => wrong, 'f32')).rejects.toThrow('do not fit a linear')
  })
})
