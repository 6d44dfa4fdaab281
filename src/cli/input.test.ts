/** Bad input: one sentence that says what, where and what to do, and exit status 2. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { scan } from '../onnx/scan'
import { main } from './main'
import { PUBLIC } from './model'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'etude-input-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function run(command: string, ...args: string[]): Promise<{ status: number; lines: string[] }> {
  const lines: string[] = []
  const error = vi.spyOn(console, 'error').mockImplementation((...words) => void lines.push(words.join(' ')))
  try {
    return { status: await main(command, args), lines }
  } finally {
    error.mockRestore()
  }
}

async function expectRefusal(words: string[], command: string, ...args: string[]): Promise<void> {
  const { status, lines } = await run(command, ...args)
  expect(lines).toHaveLength(1)
  for (const word of words) expect(lines[0]).toContain(word)
  expect(lines[0]).toMatch(/^etude \w+: [^\n]{20,400}$/)
  expect(status).toBe(2)
}

/** Writes a spec and gives the arguments of `train`. */
function spec(content: unknown, name = 'spec.json'): string[] {
  const file = join(folder, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return ['--spec', file, '--out', join(folder, 'out')]
}

describe('train', () => {
  it.each([
    ['an unknown task', { task: { name: 'chess' } }, ['chess', 'ledger']],
    ['a negative rank', { adapter: { rank: -1 } }, ['adapter.rank', '-1']],
    ['an unknown key', { stepz: 3 }, ['stepz']],
    ['a spec that is not JSON', '{"steps": 3,', ['not JSON']],
    ['a model that is not there', { model: 'nowhere at all' }, ['no model nowhere at all', 'ledger', 'owner/name']],
  ])('refuses %s', async (_, content, words) => {
    await expectRefusal(words, 'train', ...spec(content), '--device', 'browser')
  })

  it('refuses options that are missing, unknown, or name nothing', async () => {
    await expectRefusal(['--out is missing', 'npm run train'], 'train', '--spec', 'x')
    await expectRefusal(['--steps', 'npm run train'], 'train', '--steps', '3')
    await expectRefusal(['no-such-file.json', 'ENOENT'], 'train', '--spec', 'no-such-file.json', '--out', join(folder, 'o'))
    await expectRefusal(['--device is tpu'], 'train', ...spec({}), '--device', 'tpu')
    await expectRefusal(['no command dance'], 'dance')
  })

  it('refuses a folder of another spec, and one that has gone further', async () => {
    const args = spec({ seed: 1 })
    mkdirSync(join(folder, 'out'), { recursive: true })
    writeFileSync(join(folder, 'out/spec.json'), JSON.stringify({ seed: 2 }))
    await expectRefusal(['another spec', 'seed', '--out'], 'train', ...args, '--device', 'browser')
    rmSync(join(folder, 'out'), { recursive: true })
  })
})

describe('a model that is broken', () => {
  const whole = () => new Uint8Array(readFileSync(join(PUBLIC, 'models/ledger/onnx/model.onnx')))
  /** A copy of the bundled model with another model.onnx. */
  function broken(name: string, bytes: Uint8Array): string {
    const copy = join(folder, name)
    cpSync(join(PUBLIC, 'models/ledger'), copy, { recursive: true })
    writeFileSync(join(copy, 'onnx/model.onnx'), bytes)
    return copy
  }
  /** Every occurrence, by a text of the same length. */
  function replaced(bytes: Uint8Array, text: string, other: string): Uint8Array {
    expect(other).toHaveLength(text.length)
    const buffer = Buffer.from(bytes)
    let at = buffer.indexOf(text)
    expect(at).toBeGreaterThanOrEqual(0)
    for (; at >= 0; at = buffer.indexOf(text, at + 1)) buffer.write(other, at)
    return buffer
  }

  const WEIGHT = 'model.layers.1.input_layernorm.weight'
  const cases: [string, () => Uint8Array | Promise<Uint8Array>, string[]][] = [
    ['truncated', () => whole().subarray(0, 400_000), ['onnx/model.onnx is truncated', '400000']],
    ['of an unknown operator', () => replaced(whole(), 'Sigmoid', 'Squeeky'), ['onnx/model.onnx', 'Squeeky']],
    ['without a weight', () => replaced(whole(), WEIGHT, WEIGHT.replace('norm.', 'form.')), [`no weight ${WEIGHT}`]],
    ['no ONNX file', () => new TextEncoder().encode('version https://git-lfs.github.com/spec/v1'), ['onnx/model.onnx']],
  ]
  it.each(cases)('%s', async (name, make, words) => {
    const model = broken(name.replaceAll(' ', '-'), await make())
    await expectRefusal(words, 'verify', '--model', model)
    await expectRefusal(words, 'train', ...spec({ model }), '--device', 'node')
  })

  it('with NaN in a weight', async () => {
    const bytes = whole()
    const { tensors } = await scan((offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)), bytes.length, 'm')
    const [name, tensor] = [...tensors].find(([key]) => key.includes('embed_tokens') || key.includes('lm_head'))!
    const offset = 'spans' in tensor.data ? tensor.data.spans[0]!.offset : -1
    new DataView(bytes.buffer).setFloat32(offset + 4 * 7, Number.NaN, true)
    const model = broken('nan', bytes)
    await expectRefusal([name, 'NaN at index 7'], 'verify', '--model', model)
    await expectRefusal([name, 'NaN at index 7'], 'train', ...spec({ model }), '--device', 'node')
  })

  it('tokens that the model does not have', async () => {
    const tokens = join(folder, 'tokens.json')
    writeFileSync(tokens, '[[1, 2], [3, 99999]]')
    await expectRefusal(['array 1', '99999'], 'verify', '--model', 'ledger', '--tokens', tokens)
    writeFileSync(tokens, '{"a": 1}')
    await expectRefusal(['tokens.json', 'arrays of token ids'], 'verify', '--model', 'ledger', '--tokens', tokens)
  })
})

describe('reproduce', () => {
  it('refuses a method, a number of seeds or an arm that there is not', async () => {
    await expectRefusal(['--method is chess', 'motif'], 'reproduce', '--method', 'chess')
    await expectRefusal(['--seeds is 0', '1 to 50'], 'reproduce', '--method', 'motif', '--seeds', '0')
    await expectRefusal(['“long/nothing”', 'long/motif-as-published'], 'reproduce', '--method', 'motif', '--arms', 'long/nothing')
  })
})
