/** The bundled model: our log-probs, greedy continuations and gradients against ONNX Runtime and differences. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { main } from './main'
import type { Verification } from './verify'

it('verifies the bundled model', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-verify-'))
  const json = join(folder, 'result.json')
  expect(await main('verify', ['--model', 'ledger', '--json', json])).toBe(0)
  const result = JSON.parse(readFileSync(json, 'utf8')) as Verification
  expect(result).toMatchObject({ model: 'ledger', file: 'onnx/model.onnx', greedy: { equal: 20, of: 20 }, pass: true })
  expect(result.tokens).toBeGreaterThanOrEqual(2000)
  expect(result.logprob.maxAbs).toBeLessThanOrEqual(1e-4)
  expect(result.gradients.length).toBeGreaterThan(0)
  for (const { name, relative } of result.gradients) expect(relative, name).toBeLessThanOrEqual(1e-3)

  // Rows of one id have nothing to score; the others give a number for each id after the first.
  const tokens = join(folder, 'tokens.json')
  writeFileSync(tokens, '[[3], [1, 2, 3, 4], [1, 2]]')
  expect(await main('verify', ['--model', 'ledger', '--tokens', tokens, '--json', json])).toBe(0)
  const given = JSON.parse(readFileSync(json, 'utf8')) as Verification
  expect(given.tokens).toBe(4)
  expect(given.logprobs!.map((row) => row.length)).toEqual([0, 3, 1])
  expect(given.logprobs![2]![0]).toBeCloseTo(given.logprobs![1]![0]!, 5)
  rmSync(folder, { recursive: true })
})
