import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { diskCache } from './cache-disk'
import { PIECE } from './download'
import { Hub } from './hub'
import { FakeHub } from './hub.fixture'
import type { FileProgress } from './meter'
import { openRemote } from './remote'
import { deleteStored, storedModels } from './stored'

const MODEL = 'owner/tiny-ONNX'
const ID = { model: MODEL, revision: 'main' }
const FILE = 'onnx/model_q4.onnx'
const big = randomBytes(PIECE + 1_123_457)
const fake = new FakeHub({
  [MODEL]: {
    files: {
      'config.json': Buffer.from('{"model_type":"qwen2"}'),
      'tokenizer.json': Buffer.from('{"é":1}'),
      'onnx/model.onnx': randomBytes(1000),
      'onnx/model.onnx_data': randomBytes(200_000),
      'onnx/model.onnx_data_1': randomBytes(300_000),
      [FILE]: big,
      'onnx/empty.onnx_data': Buffer.alloc(0),
    },
  },
  'owner/gated': { files: { 'config.json': Buffer.from('{}'), 'onnx/model.onnx': randomBytes(70_000) }, gated: true },
  'owner/only-gguf': { files: { 'config.json': Buffer.from('{}'), 'model-Q4_K_M.gguf': randomBytes(10) } },
  'owner/only-safetensors': { files: { 'config.json': Buffer.from('{}'), 'model.safetensors': randomBytes(10) } },
})
const patience = { pause: 2, silence: 400, tries: 5 }
let folder: string
let seen: FileProgress[] = []
const onProgress = (progress: FileProgress) => void seen.push(progress)
const open = (id = ID) => openRemote(new Hub({ address: fake.address, cache: diskCache(folder), patience }), id, onProgress)
const inFolder = () => (existsSync(join(folder, 'files')) ? readdirSync(join(folder, 'files')) : [])

beforeAll(() => fake.begin())
afterAll(() => fake.end())
beforeEach(() => {
  fake.heal()
  seen = []
  folder = mkdtempSync(join(tmpdir(), 'etude-hub-'))
  return () => rmSync(folder, { recursive: true })
})

describe('a model of the Hub', () => {
  it('is listed with sizes, hashes and ONNX variants', async () => {
    const repository = open()
    const { commit, files } = await repository.listing()
    expect(commit).toBe(fake.commit(MODEL))
    expect(files.find(({ path }) => path === FILE)).toMatchObject({ bytes: big.length, hash: { kind: 'sha256' } })
    expect(files.find(({ path }) => path === 'config.json')).toMatchObject({ bytes: 22, hash: { kind: 'git' } })
    expect(await repository.variants()).toEqual([
      { file: 'onnx/model.onnx', data: ['onnx/model.onnx_data', 'onnx/model.onnx_data_1'], bytes: 501_000, precision: 'fp32' },
      { file: FILE, data: [], bytes: big.length, precision: 'q4' },
    ])
    expect(await new Hub({ address: fake.address }).search('GATED')).toEqual([
      { id: 'owner/gated', downloads: 10, likes: 0, gated: true, updated: '2026-01-01T00:00:00.000Z' },
    ])
  })

  it('is read by ranges before it is downloaded, which grow where small ones follow one another', async () => {
    const repository = open()
    for (const at of [0, 3, 70_000, 524_280, 400]) {
      expect(await repository.read(FILE, at, 20)).toEqual(new Uint8Array(big.subarray(at, at + 20)))
    }
    expect(fake.asked.filter(({ host }) => host === 'cdn').map(({ range }) => range)).toEqual([
      'bytes=0-65535',
      'bytes=70000-201071',
      'bytes=524280-786423',
    ])
    expect(Buffer.compare(await repository.read(FILE, 1_000_000, 700_000), big.subarray(1_000_000, 1_700_000))).toBe(0)
    expect(fake.asked.at(-1)?.range).toBe('bytes=1000000-1699999')
    await repository.read(FILE, 3_000_000, 5)
    expect(fake.asked.at(-1)?.range).toBe('bytes=3000000-3065535')
    // the Hub itself was asked once for this file; when the CDN refuses, it is asked again
    const resolved = () => fake.asked.filter(({ host, url }) => host === 'hub' && url.includes('/resolve/')).length
    expect(resolved()).toBe(1)
    fake.trouble.answers = [{ status: 403, of: 'cdn' }]
    expect(await repository.read(FILE, 5_000_000, 5)).toEqual(new Uint8Array(big.subarray(5_000_000, 5_000_005)))
    expect(resolved()).toBe(2)
    await expect(repository.read(FILE, big.length - 2, 3)).rejects.toThrow(`ends at byte ${big.length}`)
    expect(inFolder()).toEqual([])
  })

  it('is downloaded once where it is to be kept; small files always are', async () => {
    const repository = open()
    repository.keep = true
    expect(await repository.read(FILE, 100, 3)).toEqual(new Uint8Array(big.subarray(100, 103)))
    expect(await repository.text('tokenizer.json')).toBe('{"é":1}')
    await repository.download(['onnx/empty.onnx_data'])
    expect(inFolder()).toHaveLength(3)
    fake.asked.length = 0
    const again = open()
    expect(await again.read(FILE, big.length - 5, 5)).toEqual(new Uint8Array(big.subarray(-5)))
    expect(await again.text('tokenizer.json')).toBe('{"é":1}')
    expect(fake.asked.map(({ url }) => url)).toEqual([`/api/models/${MODEL}/revision/main?blobs=true`])
    const told = seen.filter(({ file }) => file === FILE)
    expect(told.map(({ loaded }) => loaded)).toEqual(told.map(({ loaded }) => loaded).sort((a, b) => a - b))
    expect(told.at(-1)).toMatchObject({ loaded: big.length, total: big.length, doing: 'downloading' })
  })

  it('is there without a line once it was listed and downloaded', async () => {
    await open().text('config.json')
    fake.trouble.answers = Array.from({ length: patience.tries }, () => ({ status: 503 }))
    expect(await open().text('config.json')).toBe('{"model_type":"qwen2"}')
    expect(fake.trouble.answers).toEqual([])
  })

  it('without a cache is read over the line, texts with their hash', async () => {
    const repository = openRemote(new Hub({ address: fake.address, patience }), ID)
    expect(await repository.text('config.json')).toBe('{"model_type":"qwen2"}')
    expect(await repository.read(FILE, 5, 5)).toEqual(new Uint8Array(big.subarray(5, 10)))
    fake.trouble.lies['config.json'] = Buffer.from('{"model_type":"qwen3"}')
    await expect(repository.text('config.json')).rejects.toThrow('config.json of owner/tiny-ONNX came with another hash')
    await expect(repository.download([FILE])).rejects.toThrow('no place to keep owner/tiny-ONNX')
  })
})

describe('a download', () => {
  it('cut at 20 random places goes on from each and ends with the right hash', async () => {
    const seed = Date.now() % 2 ** 31
    let state = seed
    const next = () => (state = (state * 48_271) % (2 ** 31 - 1)) / (2 ** 31 - 1) // Lehmer's generator
    const cuts = Array.from({ length: 20 }, () => Math.floor(next() * big.length))
    console.log(`seed ${seed}, cuts at ${cuts.join(' ')}`)
    fake.trouble.cuts = [...cuts]
    await open().download([FILE])
    expect(fake.trouble.cuts).toEqual([])
    expect((await diskCache(folder).list()).map(({ bytes, whole }) => [bytes, whole])).toEqual([[big.length, true]])
    const starts = fake.asked.flatMap(({ host, range }) => (host === 'cdn' && range ? [Number(/\d+/.exec(range)![0])] : []))
    expect(starts.length, `seed ${seed}`).toBe(20)
    // a cut may swallow what was on its way, and never more than the line's buffers
    for (const [i, cut] of [...cuts].sort((a, b) => a - b).entries()) expect(starts[i], `cut ${cut}`).toBeLessThanOrEqual(cut)
    expect(await open().read(FILE, PIECE - 1, 3)).toEqual(new Uint8Array(big.subarray(PIECE - 1, PIECE + 2)))
  })

  it('that is paused goes on in another process from where it was', async () => {
    fake.trouble.slow = 1
    const pause = new AbortController()
    const paused = open().download([FILE], {
      signal: pause.signal,
      onProgress: ({ loaded }) => {
        if (loaded > 3_000_000) pause.abort()
      },
    })
    await expect(paused).rejects.toThrow('aborted')
    const [part] = await diskCache(folder).list()
    expect(part).toMatchObject({ whole: false })
    expect(part!.bytes).toBeGreaterThan(3_000_000)
    fake.heal()
    await open().download([FILE])
    expect(fake.asked.filter(({ host }) => host === 'cdn').map(({ range }) => range)).toEqual([`bytes=${part!.bytes}-`])
    expect(await diskCache(folder).list()).toMatchObject([{ bytes: big.length, whole: true }])
  })

  it('of something else than listed is refused, and nothing of it stays', async () => {
    const lie = Buffer.from(big)
    lie[77] = lie[77]! ^ 1
    fake.trouble.lies[FILE] = lie
    await expect(open().download([FILE])).rejects.toThrow(/model_q4.onnx of owner\/tiny-ONNX came with another hash .* it was deleted/)
    fake.trouble.lies['config.json'] = Buffer.from('{"model_type":"llama"}')
    await expect(open().text('config.json')).rejects.toThrow('config.json of owner/tiny-ONNX came with another hash')
    fake.trouble.lies[FILE] = Buffer.concat([big, big.subarray(0, 9)])
    await expect(open().download([FILE])).rejects.toThrow(`longer than the ${big.length} bytes that are listed`)
    fake.trouble.lies[FILE] = big.subarray(0, 1_000_000)
    await expect(open().download([FILE])).rejects.toThrow(`does not have the ${big.length} bytes`)
    expect(inFolder()).toEqual([])
  })

  it('of a file that changes meanwhile starts again with the new one', async () => {
    const changed = randomBytes(big.length)
    fake.trouble.cuts = [PIECE + 1000]
    const repository = open()
    const done = repository.download([FILE], {
      onProgress: ({ doing }) => {
        if (doing === 'waiting') fake.models[MODEL]!.files[FILE] = changed
      },
    })
    await done
    try {
      expect(await repository.read(FILE, 10, 10)).toEqual(new Uint8Array(changed.subarray(10, 20)))
      expect(await diskCache(folder).list()).toMatchObject([{ bytes: big.length, whole: true }])
    } finally {
      fake.models[MODEL]!.files[FILE] = big
    }
  })

  it('outlives 5xx, silence, 429 and a CDN that refuses once, and says that it waits', async () => {
    fake.trouble.answers = [
      { status: 503, of: 'resolve' },
      { status: 403, of: 'cdn' },
      { status: 429, headers: { 'retry-after': '1' }, of: 'resolve' },
    ]
    fake.trouble.silentAfter = 200_000
    const begun = performance.now()
    await open().download([FILE])
    expect(performance.now() - begun).toBeGreaterThan(1000)
    expect(await diskCache(folder).list()).toMatchObject([{ whole: true }])
    const waits = seen.filter(({ doing }) => doing === 'waiting').map(({ why }) => why!.replaceAll(/\d+\.\d+\.\d+\.\d+:\d+/g, 'HOST'))
    expect(waits).toEqual(['HOST answered 503', 'HOST asks to wait; trying again in 1 s', 'HOST answered 403', 'the line was lost'])
  })

  it('gives up with what has come kept, and with what the server asks for', async () => {
    fake.trouble.answers = Array.from({ length: patience.tries }, () => ({ status: 502, of: 'resolve' as const }))
    await expect(open().download([FILE])).rejects.toThrow(`answered 502 to ${patience.tries} requests`)
    fake.trouble.answers = [{ status: 429, headers: { ratelimit: '"resolvers";r=0;t=900' }, of: 'resolve' }]
    await expect(open().download([FILE])).rejects.toThrow('asks to wait 15 minutes')
  })

  it('works with a server that knows no ranges', async () => {
    fake.trouble.noRanges = true
    fake.trouble.cuts = [9_345_678]
    await open().download([FILE])
    expect(await diskCache(folder).list()).toMatchObject([{ bytes: big.length, whole: true }])
    await expect(openRemote(new Hub({ address: fake.address, patience }), ID).read(FILE, 5, 5)).rejects.toThrow('does not send parts')
  })

  it('of one file by two at once asks for it once', async () => {
    await Promise.all([open().download([FILE]), open().download([FILE])])
    expect(fake.asked.filter(({ host }) => host === 'cdn')).toHaveLength(1)
    expect(seen.some(({ why }) => why === 'another tab or process downloads it')).toBe(true)
    expect(inFolder()).toHaveLength(1)
  })
})

describe('what is stored', () => {
  it('is listed model by model and deleted', async () => {
    await open().download(['config.json', FILE])
    await open({ model: 'owner/gated', revision: 'main' }).listing()
    const cache = diskCache(folder)
    expect(await storedModels(cache)).toEqual([
      {
        id: MODEL,
        bytes: big.length + 22,
        files: [
          { path: 'config.json', bytes: 22, whole: true },
          { path: FILE, bytes: big.length, whole: true },
        ],
      },
    ])
    await (await cache.part('sha256-orphan')).append(big.subarray(0, 10))
    const orphan = { path: 'sha256-orphan', bytes: 10, whole: false }
    expect((await storedModels(cache)).at(-1)).toEqual({ id: undefined, bytes: 10, files: [orphan] })
    expect(await deleteStored(cache, undefined)).toBe(10)
    expect(await deleteStored(cache, MODEL)).toBe(big.length + 22)
    expect([await storedModels(cache), inFolder()]).toEqual([[], []])
  })
})

describe('a token', () => {
  const gated = { model: 'owner/gated', revision: 'main' }
  it('is asked for where the model is gated', async () => {
    const hub = new Hub({ address: fake.address, cache: diskCache(folder), patience })
    const read = () => openRemote(hub, gated).read('onnx/model.onnx', 0, 10)
    expect((await hub.listing(gated)).gated).toBe(true)
    await expect(read()).rejects.toMatchObject({ name: 'NeedsToken', message: expect.stringContaining('accept its terms') as string })
    hub.token = 'hf_wrong'
    await expect(read()).rejects.toMatchObject({ name: 'NeedsToken', message: expect.stringContaining('ask for access') as string })
    hub.token = fake.token
    expect(await read()).toHaveLength(10)
  })

  it('never reaches the CDN, nor the disk', async () => {
    const hub = new Hub({ address: fake.address, cache: diskCache(folder), patience })
    hub.token = fake.token
    const repository = openRemote(hub, gated)
    repository.keep = true
    await repository.read('onnx/model.onnx', 0, 10)
    await repository.text('config.json')
    await hub.search('owner')
    const [own, cdn] = ['hub', 'cdn'].map((host) => fake.asked.filter((each) => each.host === host))
    expect(own!.every(({ authorization }) => authorization === `Bearer ${fake.token}`)).toBe(true)
    expect(cdn!.map(({ authorization }) => authorization)).toEqual([undefined])
    const { execFileSync } = await import('node:child_process')
    expect(() => execFileSync('grep', ['-r', fake.token, folder])).toThrow()
  })
})

describe('what cannot be had', () => {
  const at = (id: string) => {
    const [model = '', revision = 'main'] = id.split('@')
    return open({ model, revision })
  }
  it.each([
    ['owner/none', 'has no model owner/none that everybody may read; check the name, or give a token'],
    [`${MODEL}@other`, 'owner/tiny-ONNX has no such revision'],
  ])('%s: %s', async (id, sentence) => {
    await expect(at(id).size('config.json')).rejects.toThrow(sentence)
  })

  it('is a missing file, or another format, with the way to convert', async () => {
    expect(await open().exists('onnx/model_fp16.onnx')).toBe(false)
    await expect(open().read('none.json', 0, 1)).rejects.toThrow('owner/tiny-ONNX has no file none.json')
    for (const [id, format] of [['owner/only-gguf', 'GGUF'], ['owner/only-safetensors', 'safetensors']] as const) {
      await expect(at(id).exists('onnx/model.onnx')).rejects.toThrow(`${id} holds its weights as ${format}`)
      await expect(at(id).exists('onnx/model.onnx')).rejects.toThrow(/optimum-cli export onnx .* onnxruntime_genai\.models\.builder/)
      expect(await at(id).exists('config.json')).toBe(true)
    }
  })
})
