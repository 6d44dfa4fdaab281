/** The bundled model: our log-probs, greedy continuations and gradients against ONNX Runtime and differences. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { Proof } from '../policy/host'
import { main } from './main'
import { verifyModel } from './verify-model'

it('verifies the bundled model', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-verify-'))
  const json = join(folder, 'result.json')
  expect(await main('verify', ['--model', 'ledger', '--json', json])).toBe(0)
  const result = JSON.parse(readFileSync(json, 'utf8')) as Proof
  expect(result).toMatchObject({ model: 'ledger', file: 'onnx/model.onnx', greedy: { equal: 20, ties: 0, of: 20 }, pass: true })
  expect(result).toMatchObject({ dtype: 'f32', dialect: 'optimum', reference: 'ort', limit: 1e-4, adapter: { off: 0 } })
  expect(result.dequantised!.maxAbs).toBeLessThanOrEqual(1e-4)
  expect(result.tokens).toBeGreaterThanOrEqual(2000)
  expect(result.logprob.maxAbs).toBeLessThanOrEqual(1e-4)
  expect(new Set(result.gradients.map(({ name }) => name)).size).toBe(3 * 7 * 2) // A and B of every linear of every layer
  for (const { name, relative } of result.gradients) expect(relative, name).toBeLessThanOrEqual(1e-3)
  rmSync(folder, { recursive: true })
})

it('scores given ids', async () => {
  // Rows of one id have nothing to score; the others give a number for each id after the first.
  const given = await verifyModel({ model: 'ledger', tokens: [[3], [1, 2, 3, 4], [1, 2]], brief: true })
  expect(given).toMatchObject({ file: 'onnx/model.onnx', tokens: 4, pass: true })
  expect(given.logprobs!.map((row) => row.length)).toEqual([0, 3, 1])
  expect(given.logprobs![2]![0]).toBeCloseTo(given.logprobs![1]![0]!, 5)
  expect(given.gradients).toHaveLength(14) // of the first layer
})

it('stops where it is told to', async () => {
  const abort = new AbortController()
  const parts: string[] = []
  const stopped = verifyModel({ model: 'ledger', signal: abort.signal }, (progress) => {
    if (progress.phase === 'proving') parts.push(progress.part)
    if (parts.length > 3) abort.abort()
  })
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
  expect(new Set(parts)).toEqual(new Set(['opening the reference', 'the model writes texts']))
})

it('takes ids with commas, and says what is wrong with them', async () => {
  const lines: string[] = []
  const error = vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
  expect(await main('verify', ['--model', 'ledger', '--tokens', '1'])).toBe(2)
  expect(await main('verify', ['--model', 'ledger', '--tokens', '1, 2,999999'])).toBe(2)
  error.mockRestore()
  expect(lines[0]).toContain('nothing to score')
  expect(lines[1]).toContain('the id 999999')
})
