/** The same in a real browser: CORS, its private file system, Web Locks, a reload in the middle, a token. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright'
import { build, type Rollup } from 'vite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CHROMIUM_ARGS, findChromium } from '../../bin/chromium.mjs'
import { PIECE } from './download'
import { FakeHub } from './hub.fixture'
import type { page as exports } from './page.fixture'

declare const hub: typeof exports

const executablePath = findChromium()
const MODEL = 'owner/name'
const FILE = 'onnx/model.onnx'
const big = randomBytes(2 * PIECE + 54_321)
const small = randomBytes(3_000_000)
const fake = new FakeHub({
  [MODEL]: { files: { 'config.json': Buffer.from('{"é":1}'), [FILE]: big, 'onnx/small.onnx': small } },
  'owner/gated': { files: { 'config.json': Buffer.from('{}'), [FILE]: randomBytes(1000) }, gated: true },
})

describe.skipIf(!executablePath)('in Chromium (ETUDE_CHROMIUM, or one that is installed)', () => {
  let server: Server
  let browser: Browser
  let context: BrowserContext
  let address: string

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('page.fixture.ts', import.meta.url))
    const options = { lib: { entry, formats: ['es' as const] }, write: false, minify: false, target: 'es2023' }
    const built = (await build({ configFile: false, logLevel: 'error', build: options })) as Rollup.RollupOutput[]
    const [{ code }] = built[0]!.output
    server = createServer((request, response) => {
      const script = request.url === '/page.js'
      response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' })
      response.end(script ? code : '<!doctype html><script type="module" src="page.js"></script>')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await fake.begin()
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGS })
    context = await browser.newContext()
  })
  afterAll(async () => {
    await browser?.close()
    await fake.end()
    server.close()
  })
  beforeEach(() => fake.heal())

  const ready = async (page: Page) => {
    await page.waitForFunction(() => 'hub' in globalThis)
    await page.evaluate((at) => hub.setHub(at), fake.address)
    return page
  }
  const open = async () => {
    const page = await context.newPage()
    await page.goto(address)
    return ready(page)
  }
  const ranges = () => fake.asked.filter(({ host }) => host === 'cdn').map(({ range }) => range)

  it('a download goes on after a reload, from the last whole piece, and ends with the right bytes', async () => {
    const page = await open()
    fake.trouble.slow = 5
    const reached = page.evaluate(async ([model, file, bytes]) => {
      const transfer = new hub.Transfer(await hub.openHubModel(model), [file])
      void transfer.start()
      await new Promise<void>((done) => transfer.subscribe(() => transfer.state.loaded > bytes && done()))
    }, [MODEL, FILE, PIECE + 500_000] as const)
    await reached
    await page.reload()
    await ready(page)
    const stored = () => page.evaluate(async () => hub.storedModels((await hub.browserHub()).cache!))
    expect(await stored()).toEqual([{ id: MODEL, bytes: PIECE, files: [{ path: FILE, bytes: PIECE, whole: false }] }])

    fake.heal()
    const after = await page.evaluate(async ([model, file, size]) => {
      const repository = await hub.openHubModel(model)
      const transfer = new hub.Transfer(repository, [file])
      await transfer.start()
      const bytes = await repository.read(file, 0, size)
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
      const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      return { state: transfer.state.status, error: transfer.state.error?.message, hex, text: await repository.text('config.json') }
    }, [MODEL, FILE, big.length] as const)
    expect(after).toEqual({ state: 'done', error: undefined, hex: createHash('sha256').update(big).digest('hex'), text: '{"é":1}' })
    expect(ranges()).toEqual([`bytes=${PIECE}-`])

    const freed = await page.evaluate(async (id) => hub.deleteStored((await hub.browserHub()).cache!, id), MODEL)
    expect(freed).toBe(big.length + 8)
    expect(await stored()).toEqual([])
    await page.close()
  })

  it('two tabs fetch one file once', async () => {
    const tabs = await Promise.all([open(), open()])
    fake.trouble.slow = 3
    const bytes = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(async ([model, file]) => {
          const repository = await hub.openHubModel(model)
          await repository.download([file])
          return [...(await repository.read(file, 1_234_567, 4))]
        }, [MODEL, 'onnx/small.onnx'] as const),
      ),
    )
    expect(bytes).toEqual([0, 1].map(() => [...small.subarray(1_234_567, 1_234_571)]))
    expect(ranges()).toEqual([undefined])
    await Promise.all(tabs.map((tab) => tab.close()))
  })

  it('where the page may not write files, Cache Storage keeps them', async () => {
    const page = await context.newPage()
    await page.addInitScript(() => Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable'))
    await page.goto(address)
    await ready(page)
    const seen = await page.evaluate(async ([model, file]) => {
      const repository = await hub.openHubModel(model)
      await repository.download([file])
      const bytes = [...(await repository.read(file, 2_000_000, 4))]
      const cache = (await hub.browserHub()).cache!
      const before = await hub.storedModels(cache)
      const freed = await hub.deleteStored(cache, model)
      return { bytes, before, named: await caches.keys(), freed, after: await hub.storedModels(cache) }
    }, [MODEL, 'onnx/small.onnx'] as const)
    const files = [{ path: 'onnx/small.onnx', bytes: small.length, whole: true }]
    const before = [{ id: MODEL, bytes: small.length, files }]
    const bytes = [...small.subarray(2_000_000, 2_000_004)]
    expect(seen).toEqual({ bytes, before, named: ['etude-model-files'], freed: small.length, after: [] })
    await page.close()
  })

  it('ranges are read, a token is asked for and never reaches the CDN', async () => {
    const page = await open()
    const read = (token: string) =>
      page.evaluate(async ([given, file]) => {
        hub.setToken(given)
        const repository = await hub.openHubModel('owner/gated')
        return repository.read(file, 10, 5).then(({ length }) => length, (error: Error) => error.name)
      }, [token, FILE] as const)
    expect([await read(''), await read('hf_wrong'), await read(fake.token)]).toEqual(['NeedsToken', 'NeedsToken', 5])
    const cdn = fake.asked.filter(({ host }) => host === 'cdn')
    expect(cdn.map(({ range, authorization }) => [range, authorization])).toEqual([['bytes=10-999', undefined]])
    expect(fake.asked.some(({ authorization }) => authorization === `Bearer ${fake.token}`)).toBe(true)
    await page.close()
  })
})
