/** `train --policy`, `serve` and `tinker-check`: what is wrong with their command lines is said before anything starts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { main } from './main'
import { parseSpec } from '../runs/spec'
import { addressOf, openPolicy } from './policy'

let folder: string
let spec: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'etude-policy-'))
  spec = join(folder, 'spec.json')
  writeFileSync(spec, '{}')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function said(command: string, args: string[]): Promise<{ status: number; error: string }> {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const status = await main(command, args)
  const text = error.mock.calls.flat().join('\n')
  error.mockRestore()
  return { status, error: text }
}

describe('an address', () => {
  it('has its key behind the #, which is never sent', () => {
    expect(addressOf('http://localhost:7860/#token=tml-x')).toEqual({ url: 'http://localhost:7860', key: 'tml-x' })
    expect(addressOf('https://a.example/tinker/').url).toBe('https://a.example/tinker')
  })
})

describe('--place auto', () => {
  it('leaves the run to this machine where the server is silent, and says so', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(await openPolicy({ policy: 'http://127.0.0.1:9/', place: 'auto', device: 'node' }, parseSpec({}))).toBeUndefined()
    expect(error.mock.calls.flat().join('\n')).toMatch(/^--place auto: .*127\.0\.0\.1:9.*; this machine computes$/)
    error.mockRestore()
  })
})

describe('command lines', () => {
  const train = (...more: string[]) => said('train', ['--spec', spec, '--out', join(folder, 'out'), ...more])

  it.each([
    ['train', () => train('--policy', 'ftp://x'), 'must be an address that begins with http'],
    ['train', () => train('--policy', 'http://x', '--device', 'node'), 'leave one of them out'],
    ['train', () => train('--policy-alpha', '8'), 'belong to --policy'],
    ['train', () => train('--policy', 'http://x', '--policy-alpha', 'x'), 'must be a number above 0'],
    ['train', () => train('--place', 'auto'), 'belong to --policy'],
    ['train', () => train('--policy', 'http://x', '--place', 'there'), 'can only be auto'],
    ['serve', () => said('serve', ['--port', 'x']), '--port is x'],
    ['serve', () => said('serve', ['--allow-origin', '*']), '--allow-origin is *'],
    ['serve', () => said('serve', ['--upstream', 'http://127.0.0.1:9', '--model', 'ledger']), 'leave one of them out'],
    ['serve', () => said('serve', ['--model', 'nowhere-at-all']), 'there is no model nowhere-at-all'],
    ['tinker-check', () => said('tinker-check', []), '--url is missing'],
    ['tinker-check', () => said('tinker-check', ['--url', 'here']), '--url is here'],
  ] as const)('%s %#', async (_, run, words) => {
    const { status, error } = await run()
    expect(error).toContain(words)
    expect(status).toBe(2)
  })
})
