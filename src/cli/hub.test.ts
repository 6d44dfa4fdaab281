/** Models of the Hub on the command line, against a Hub of these tests: used by their names, or refused with one sentence and status 2. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeHub, folderModel } from '../hub/hub.fixture'
import type { Proof } from '../policy/host'
import { main } from './main'
import { PUBLIC } from './model'

const { files } = folderModel(join(PUBLIC, 'models/ledger'))
const decoder = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path.replace('model.onnx', 'model_q4.onnx'), bytes]))
const fake = new FakeHub({
  'tiny/Ledger': { files: decoder },
  'tiny/Gated': { files: { ...files, 'config.json': Buffer.concat([files['config.json']!, Buffer.from('\n')]) }, gated: true }, // not what the cache has
  'tiny/Tensors': { files: { 'config.json': files['config.json']!, 'model.safetensors': new Uint8Array(9) } },
})
const TOKEN = 'hf_right'
let folder: string
const lines: string[] = []
beforeAll(async () => {
  await fake.begin()
  folder = mkdtempSync(join(tmpdir(), 'etude-hub-'))
})
afterAll(async () => {
  await fake.end()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  fake.heal()
  vi.stubEnv('ETUDE_HUB', fake.address)
  vi.stubEnv('ETUDE_CACHE', join(folder, 'cache'))
  vi.stubEnv('HF_TOKEN', '')
  const keep = (line: unknown) => void lines.push(String(line))
  vi.spyOn(console, 'error').mockImplementation(keep)
  vi.spyOn(console, 'log').mockImplementation(keep)
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => (keep(text), true))
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  lines.length = 0
})

/** Every file below a folder, as text. */
function textOf(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'latin1')
  return readdirSync(path).map((name) => textOf(join(path, name))).join('\n')
}

function specOf(model: string): string {
  const file = join(folder, 'spec.json')
  const algorithm = { name: 'grpo', questions: 1, num_generations: 2, max_completion_length: 8 }
  writeFileSync(file, JSON.stringify({ model, steps: 1, evaluation: { problems: 0 }, algorithm }))
  return file
}

describe('a model of the Hub', { timeout: 300_000 }, () => {
  it('is verified by its name, its usual file found, with progress; the token goes to the Hub alone', async () => {
    vi.stubEnv('HF_TOKEN', TOKEN)
    const json = join(folder, 'result.json')
    expect(await main('verify', ['--model', 'tiny/Ledger', '--tokens', '1,2,3', '--json', json])).toBe(0)
    const result = JSON.parse(readFileSync(json, 'utf8')) as Proof
    expect(result).toMatchObject({ model: 'tiny/Ledger', file: 'onnx/model_q4.onnx', pass: true, greedy: { equal: 20 } })
    expect(lines.join('')).toMatch(/downloading onnx\/model_q4\.onnx \d+ % of 0\.7 MB/)
    const to = (host: 'hub' | 'cdn') => new Set(fake.asked.filter((each) => each.host === host).map(({ authorization }) => authorization))
    expect([...to('hub')]).toEqual([`Bearer ${TOKEN}`])
    expect([...to('cdn')]).toEqual([undefined])
    expect(textOf(folder) + lines.join('')).not.toContain(TOKEN)
  })

  it('is forecast without its weights, and trained', async () => {
    const spec = specOf('tiny/Ledger')
    expect(await main('train', ['--spec', spec, '--dry-run'])).toBe(0)
    expect(lines.join('\n')).toContain('Fits: ')
    expect(await main('train', ['--spec', spec, '--out', join(folder, 'out'), '--device', 'node'])).toBe(0)
    expect(readdirSync(join(folder, 'out'))).toContain('summary.json')
    // What an earlier test brought is not fetched again.
    expect(fake.asked.filter(({ host }) => host === 'cdn')).toEqual([])
  })

  const refused = async (words: string[], model: string) => {
    for (const args of [['verify', '--model', model], ['train', '--spec', specOf(model), '--out', join(folder, 'no'), '--device', 'node']]) {
      lines.length = 0
      expect(await main(args[0]!, args.slice(1))).toBe(2)
      const said = lines.filter((line) => line.startsWith('etude '))
      expect(said).toHaveLength(1)
      expect(said[0]).toMatch(/^etude \w+: [^\n]{20,400}\.$/)
      for (const word of words) expect(said[0]).toContain(word)
    }
  }

  it('that is not there, gated, or of another format is refused', async () => {
    await refused(['has no model tiny/Nothing', 'check the name'], 'tiny/Nothing')
    await refused(['tiny/Gated', 'token'], 'tiny/Gated')
    vi.stubEnv('HF_TOKEN', 'hf_wrong')
    await refused(['tiny/Gated', 'ask for access'], 'tiny/Gated')
    await refused(['tiny/Tensors', 'safetensors', 'optimum-cli export onnx'], 'tiny/Tensors')
  })

  it('that the Hub gives out no more of is refused with the time to wait', async () => {
    const busy = { status: 429, headers: { 'retry-after': '3600' } }
    fake.trouble.answers = [busy, busy]
    await refused(['asks to wait 60 minutes'], 'tiny/Other')
  })
})
