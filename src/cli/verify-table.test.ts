/** Which files --all takes, and how it writes its rows. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Proof } from '../policy/host'
import { main } from './main'
import { PUBLIC } from './model'
import { lineOf, listFiles } from './verify-table'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'etude-table-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function result(change: Partial<Proof>): Proof {
  return {
    model: 'models/tiny', file: 'onnx/model_q4.onnx', device: 'a GPU', dtype: 'q4, blocks of 32', dialect: 'genai', reference: 'ort',
    about: 'ONNX Runtime', limit: 1e-4, gradientLimit: 1e-3, tokens: 10, logprob: { maxAbs: 2e-5, meanAbs: 1e-6 },
    dequantised: { maxAbs: 3e-5 }, greedy: { equal: 19, ties: 1, of: 20, differences: [] },
    gradients: [{ name: 'a', relative: 1e-4, measured: 1, step: 1 }, { name: 'b', relative: 2e-4, measured: 1, step: 1 }],
    adapter: { off: 0, on: 1 }, pass: true, warnings: [], ...change,
  } // prettier-ignore
}

describe('a row of the table', () => {
  it('says the worst of each number', () => {
    expect(lineOf(result({}))).toBe(
      '| tiny | model_q4 | q4, blocks of 32 | genai | ort | 2.0e-5 | 3.0e-5 | 19 of 20, 1 near-ties | 2.0e-4 | equal |',
    )
  })

  it('marks what is beyond its limit, NaN too', () => {
    const adapter = { off: 1e-7, on: 1 }
    const greedy = { equal: 19, ties: 0, of: 20, differences: [] }
    const line = lineOf(result({ logprob: { maxAbs: Number.NaN, meanAbs: 0 }, dequantised: { maxAbs: 2e-4 }, greedy, adapter }))
    for (const bold of ['**NaN**', '**2.0e-4**', '**19 of 20**', '**1.0e-7**']) expect(line).toContain(bold)
  })

  it('has as many cells for a file that is refused', () => {
    const cells = (line: string) => line.split(' |').length
    expect(cells(lineOf({ model: 'm', file: 'onnx/a.onnx', refused: 'why.' }))).toBe(cells(lineOf(result({}))))
    expect(cells(lineOf({ model: 'm', file: 'onnx/a.onnx', error: 'why.' }))).toBe(cells(lineOf(result({}))))
  })
})

describe('--all', () => {
  it('takes every ONNX file of every model, and shows a broken one with its sentence', async () => {
    const models = join(folder, 'models')
    for (const name of ['b', 'a']) {
      mkdirSync(join(models, name, 'onnx'), { recursive: true })
      cpSync(join(PUBLIC, 'models/ledger/config.json'), join(models, name, 'config.json'))
      writeFileSync(join(models, name, 'onnx/model.onnx'), 'nothing')
    }
    writeFileSync(join(models, 'a/onnx/model_q4.onnx'), 'nothing')
    mkdirSync(join(models, 'no-model'))
    const files = await listFiles(models)
    expect(files.map(({ model, file }) => `${model.slice(models.length + 1)}/${file}`)).toEqual([
      'a/onnx/model.onnx', 'a/onnx/model_q4.onnx', 'b/onnx/model.onnx',
    ]) // prettier-ignore
    expect(await listFiles(join(models, 'b'))).toEqual([{ model: join(models, 'b'), file: 'onnx/model.onnx' }])

    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
    const status = await main('verify', ['--model', models, '--all'])
    log.mockRestore()
    expect(status).toBe(1) // nothing was verified
    expect(lines.filter((line) => line.includes('refused: onnx/model'))).toHaveLength(3)
    expect(lines.at(-1)).toContain('3 are refused')
  })

  it('rejects a folder without models, and options of one file', async () => {
    await expect(listFiles(join(folder, 'nowhere'))).rejects.toThrow(/no model in .*nowhere/)
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(await main('verify', ['--model', folder, '--all'])).toBe(2)
    expect(await main('verify', ['--model', folder, '--all', '--file', 'onnx/model.onnx'])).toBe(2)
    error.mockRestore()
  })
})
