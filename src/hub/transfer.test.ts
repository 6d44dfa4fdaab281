import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { diskCache } from './cache-disk'
import { Hub } from './hub'
import { FakeHub } from './hub.fixture'
import { openNodeModel } from './node'
import { keepFiles, openRemote, ownError } from './remote'
import { LineLost } from './request'
import { addFolder, onSession, setHub, setToken, type Session } from './session'
import { Transfer } from './transfer'

const MODEL = 'owner/name'
const FILES = ['config.json', 'onnx/model.onnx', 'onnx/model.onnx_data']
const [config, onnx, data] = [Buffer.from('{}'), randomBytes(90_000), randomBytes(2_000_000)]
const fake = new FakeHub({ [MODEL]: { files: { 'config.json': config, 'onnx/model.onnx': onnx, 'onnx/model.onnx_data': data } } })
const total = 2_090_002
let folder: string

beforeAll(() => fake.begin())
afterAll(() => fake.end())
beforeEach(() => {
  fake.heal()
  folder = mkdtempSync(join(tmpdir(), 'etude-transfer-'))
  return () => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  }
})
const repository = () => {
  const hub = new Hub({ address: fake.address, cache: diskCache(folder), patience: { pause: 1, tries: 3 } })
  return openRemote(hub, { model: MODEL, revision: 'main' })
}

describe('a transfer', () => {
  it('pauses, goes on and ends, as one of several files', async () => {
    fake.trouble.slow = 4
    const transfer = new Transfer(repository(), FILES)
    const loaded: number[] = []
    transfer.subscribe(() => {
      loaded.push(transfer.state.loaded)
      if (loaded.at(-1)! > 500_000) void transfer.pause()
    })
    await transfer.start()
    expect(transfer.state).toMatchObject({ status: 'paused', total })
    expect(transfer.state.loaded).toBeGreaterThan(500_000)
    expect(transfer.state.loaded).toBeLessThan(total)
    fake.heal()
    const again = new Transfer(repository(), FILES) // as after a reload
    await again.start()
    expect(again.state).toEqual({ status: 'done', loaded: total, total })
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b))
    expect(await repository().missing(FILES)).toBe(0)
  })

  it('is given up, and what is not whole is deleted', async () => {
    fake.trouble.slow = 4
    const transfer = new Transfer(repository(), FILES)
    transfer.subscribe(() => void (transfer.state.loaded > 500_000 && transfer.pause()))
    await transfer.start()
    expect(readdirSync(join(folder, 'files')).some((name) => name.endsWith('.part'))).toBe(true)
    await transfer.cancel()
    expect(transfer.state).toEqual({ status: 'ready', loaded: 0, total })
    expect(readdirSync(join(folder, 'files')).sort().map((name) => name.replace(/-.*/, ''))).toEqual(['git', 'sha256'])
  })

  it('fails with the sentence, and goes on when asked again', async () => {
    fake.trouble.cuts = [1_000_000, 1_000_000, 1_000_000]
    const transfer = new Transfer(repository(), FILES)
    await transfer.start()
    expect(transfer.state.status).toBe('failed')
    expect(transfer.state.error?.message).toMatch(/onnx\/model.onnx_data of owner\/name broke off after \d+ of 2000000 bytes .* is kept/)
    await transfer.start()
    expect(transfer.state).toEqual({ status: 'done', loaded: total, total })
  })
})

describe('models in Node', () => {
  it('are folders where there is one, else on the Hub', async () => {
    vi.stubEnv('HF_ENDPOINT', fake.address)
    vi.stubEnv('ETUDE_CACHE', folder)
    const repository = openNodeModel(MODEL, '/nowhere')
    keepFiles(repository)
    expect(await repository.read('onnx/model.onnx', 5, 5)).toHaveLength(5)
    expect(existsSync(join(folder, 'files'))).toBe(true)

    const own = join(folder, 'own')
    mkdirSync(join(own, 'weights'), { recursive: true })
    writeFileSync(join(own, 'weights', 'model.safetensors'), '')
    const disk = openNodeModel(own, '/nowhere')
    keepFiles(disk)
    await expect(disk.exists('onnx/model.onnx')).rejects.toThrow(`${own} holds its weights as safetensors`)
    expect(await disk.exists('config.json')).toBe(false)
    await expect(openNodeModel('ledger', '/nowhere').text('config.json')).rejects.toThrow('ledger has no file config.json')
    expect(await openNodeModel('./nothing/here', '/nowhere').exists('onnx/model.onnx')).toBe(false)
  })

  it('tell of the line what it was, whoever wraps it', () => {
    const lost = new LineLost('lost')
    expect(() => ownError(new Error('bad model', { cause: lost }))).toThrow(lost)
    expect(() => ownError(new Error('bad model', { cause: new Error('x') }))).toThrow('bad model')
  })
})

describe('a visit', () => {
  it('tells its token and folders, and forgets the token with its Hub', () => {
    const told: Session[] = []
    const stop = onSession((session) => told.push(session))
    setToken('  hf_x ')
    expect(addFolder([{ path: 'm/config.json', file: new Blob() }, { path: 'm/a.onnx', file: new Blob() }])).toBe('folder:m')
    expect(addFolder([{ path: 'config.json', file: new Blob() }])).toBe('folder:dropped files')
    expect(told.at(-1)).toMatchObject({ hub: 'https://huggingface.co', token: 'hf_x' })
    expect(Object.keys(told.at(-1)!.folders)).toEqual(['folder:m', 'folder:dropped files'])
    setHub('http://mirror')
    expect(told.at(-1)).not.toHaveProperty('token')
    setToken('y')
    setToken('')
    expect(told.at(-1)).not.toHaveProperty('token')
    stop()
    setToken('z')
    expect(told.at(-1)).not.toHaveProperty('token')
  })
})
