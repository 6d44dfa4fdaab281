/** The bundled model: our log-probs, greedy continuations and gradients against ONNX Runtime and differences. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import type { Proof } from '../policy/host'
import { main } from './main'

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
  expect(result.gradients.length).toBeGreaterThan(0)
  for (const { name, relative } of result.gradients) expect(relative, name).toBeLessThanOrEqual(1e-3)
  rmSync(folder, { recursive: true })
})

it('scores given ids', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-verify-'))
  const json = join(folder, 'result.json')
  // Rows of one id have nothing to score; the others give a number for each id after the first.
  const tokens = join(folder, 'tokens.json')
  writeFileSync(tokens, '[[3], [1, 2, 3, 4], [1, 2]]')
  expect(await main('verify', ['--model', 'ledger', '--tokens', tokens, '--json', json])).toBe(0)
  const given = JSON.parse(readFileSync(json, 'utf8')) as Proof
  expect(given.tokens).toBe(4)
  expect(given.logprobs!.map((row) => row.length)).toEqual([0, 3, 1])
  expect(given.logprobs![2]![0]).toBeCloseTo(given.logprobs![1]![0]!, 5)
  rmSync(folder, { recursive: true })
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
