/** The library in a real browser: IndexedDB and its private file system, two tabs, a tab that is killed. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright'
import { build, type Rollup } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_ARGS, findChromium } from '../../../bin/chromium.mjs'
import { sandboxCode } from '../../graders/sandbox/bundle'
import type { page as exports } from './page.fixture'

declare const library: typeof exports

const executablePath = findChromium()

describe.skipIf(!executablePath)('in Chromium (ETUDE_CHROMIUM, or one that is installed)', () => {
  let server: Server
  let browser: Browser
  let context: BrowserContext
  let address: string

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('page.fixture.ts', import.meta.url))
    const options = { lib: { entry, formats: ['es' as const] }, write: false, minify: false, target: 'es2023', codeSplitting: false }
    const built = (await build({ configFile: false, logLevel: 'error', plugins: [sandboxCode()], build: options })) as Rollup.RollupOutput[]
    const files = new Map(built[0]!.output.map((file) => [`/${file.fileName}`, 'code' in file ? file.code : file.source]))
    const first = built[0]!.output[0].fileName
    server = createServer((request, response) => {
      const file = files.get(request.url!)
      response.writeHead(200, { 'content-type': file === undefined ? 'text/html' : 'text/javascript' })
      response.end(file ?? `<!doctype html><script type="module" src="${first}"></script>`)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGS })
    context = await browser.newContext()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const open = async (): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(address)
    await page.waitForFunction(() => 'library' in globalThis)
    return page
  }

  it('does what every library does', async () => {
    const page = await open()
    expect(await page.evaluate(async () => {
      const opened = await library.openLibrary()
      await library.checkLibrary(opened)
      return opened.forgets
    })).toBeUndefined()
    await page.close()
  })

  it('keeps every row that was written when its tab is gone, and lets one tab write at a time', async () => {
    const [writer, other] = [await open(), await open()]
    const id = await writer.evaluate(async () => {
      const opened = await library.openLibrary()
      const entry = library.newEntry(library.parseSpec({}), await opened.list())
      await opened.add(entry)
      await opened.claim(entry.id)
      for (const step of [1, 2, 3]) {
        await opened.append(entry.id, { report: library.reportOf(step), checkpoint: step === 2 ? library.checkpointOf(2) : undefined })
      }
      void opened.append(entry.id, { report: library.reportOf(4), checkpoint: library.checkpointOf(4) })
      return entry.id
    })
    const claimed = (page: Page) => page.evaluate(async (id) => (await (await library.openLibrary()).claim(id)) !== undefined, id)
    expect(await claimed(other)).toBe(false)
    await writer.close()
    await expect.poll(() => claimed(other)).toBe(true)
    const { steps, checkpoint } = await other.evaluate(async (id) => {
      const opened = await library.openLibrary()
      const { reports } = await opened.read(id)
      return { steps: reports.map(({ step }) => step), checkpoint: (await opened.checkpoint(id))!.length }
    }, id)
    expect([[1, 2, 3], [1, 2, 3, 4]]).toContainEqual(steps)
    expect([52, 54].map((policy) => checkpoint > policy)).toEqual([true, true])
  })
})
