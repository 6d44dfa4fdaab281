/** Downloads in processes of their own: two at once, and one that is killed in the middle. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { PIECE } from './download'
import { FakeHub } from './hub.fixture'

const FILE = 'onnx/model.onnx'
const bytes = randomBytes(PIECE + 3_000_000)
const name = `sha256-${createHash('sha256').update(bytes).digest('hex')}`
const fake = new FakeHub({ 'owner/name': { files: { [FILE]: bytes } } })
const top = mkdtempSync(join(tmpdir(), 'etude-process-'))
let cache: string

beforeAll(async () => {
  await fake.begin()
  const ssr = fileURLToPath(new URL('process.fixture.ts', import.meta.url))
  const output = { entryFileNames: 'download.mjs' }
  const options = { ssr, outDir: top, target: 'node20', copyPublicDir: false, rollupOptions: { output } }
  await build({ configFile: false, logLevel: 'error', build: options, ssr: { noExternal: true } })
})
afterAll(async () => {
  await fake.end()
  rmSync(top, { recursive: true })
})
beforeEach(() => {
  fake.heal()
  cache = mkdtempSync(join(top, 'cache-'))
})

/** `onLine` is told every line that it says. */
function start(onLine: (line: string, kill: () => void) => void = () => undefined): Promise<{ code: number | null; errors: string }> {
  const child = spawn(process.execPath, [join(top, 'download.mjs'), 'owner/name', FILE], {
    env: { ...process.env, HF_ENDPOINT: fake.address, ETUDE_CACHE: cache },
  })
  let errors = ''
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
  child.stdout.on('data', (data: Buffer) => {
    for (const line of data.toString().trim().split('\n')) onLine(line, () => child.kill('SIGKILL'))
  })
  return new Promise((done) => child.on('close', (code) => done({ code, errors })))
}
const whole = () => Buffer.compare(readFileSync(join(cache, 'files', name)), bytes)

it('two processes fetch one file once', async () => {
  fake.trouble.slow = 2
  expect(await Promise.all([start(), start()])).toEqual([{ code: 0, errors: '' }, { code: 0, errors: '' }])
  expect(fake.asked.filter(({ host }) => host === 'cdn')).toHaveLength(1)
  expect([whole(), readdirSync(join(cache, 'files'))]).toEqual([0, [name]])
})

it('one that is killed leaves what it had, and its lock to nobody', async () => {
  fake.trouble.slow = 2
  const { code } = await start((line, kill) => Number(line) > PIECE + 1_000_000 && kill())
  expect(code).toBeNull()
  expect(readdirSync(join(cache, 'files')).sort()).toEqual(['journal', 'lock', 'part'].map((end) => `${name}.${end}`))
  fake.heal()
  expect(await start()).toEqual({ code: 0, errors: '' })
  expect(fake.asked.filter(({ host }) => host === 'cdn').map(({ range }) => range)).toEqual([`bytes=${PIECE}-`])
  expect([whole(), readdirSync(join(cache, 'files'))]).toEqual([0, [name]])
})
