/** The box in a real browser: what each hostile program comes to, what the next program gets, and whether a request leaves. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright'
import { build, type Rollup } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_ARGS, findChromium } from '../../../bin/chromium.mjs'
import { sandboxCode } from './bundle'
import { ARGS, HONEST, HOSTILE, RIGHT } from './hostile.fixture'
import type { page as exports } from './page.fixture'
import type { Language } from './sandbox'

declare const sandboxes: typeof exports

const executablePath = findChromium()
/** Seconds that a hostile program gets, and within which it must be over. */
const [LIMIT, CONTAINED] = [0.5, 1]

describe.skipIf(!executablePath)('the box in Chromium (ETUDE_CHROMIUM, or one that is installed)', () => {
  let server: Server
  let browser: Browser
  let page: Page
  let address: string
  const asked: string[] = []

  beforeAll(async () => {
    const files = await bundlePage()
    server = createServer((request, response) => {
      asked.push(request.url!)
      const file = files.get(request.url!.slice(1))
      const type = request.url!.endsWith('.js') ? 'text/javascript' : request.url === '/' ? 'text/html' : 'application/octet-stream'
      response.writeHead(file || request.url === '/' ? 200 : 404, { 'content-type': type })
      response.end(file ?? '<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="page.js"></script>')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGS })
    page = await browser.newPage()
    page.on('console', (message) => console.log(message.text()))
    await page.goto(address)
    await page.waitForFunction(() => 'sandboxes' in globalThis)
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  for (const language of ['micropython', 'javascript', 'python'] as const) {
    const programs = Object.entries(HOSTILE[language])
    it(`${language}: ${programs.length} hostile programs are contained, and the next program is right`, async () => {
      expect(programs.length).toBeGreaterThanOrEqual(30)
      expect(await honest(page, language)).toMatchObject(RIGHT) // its files are here now
      asked.length = 0
      const table = []
      for (const [name, text] of programs) {
        const source = text.replaceAll('ADDRESS', address).replaceAll('PORT', new URL(address).port)
        const { seconds, ...outcome } = await runIn(page, language, source, LIMIT)
        const next = await honest(page, language)
        table.push({ name, seconds, came: outcome.ok ? 'ok' : outcome.kind, after: next.seconds })
        expect(next, name).toMatchObject(RIGHT)
        expect(seconds, name).toBeLessThan(CONTAINED)
      }
      expect(asked).toEqual([])
      const slowest = table.toSorted((a, b) => b.seconds - a.seconds)[0]!
      console.log(`${language}: slowest ${slowest.name} ${slowest.seconds.toFixed(2)} s`)
      if (process.env.ETUDE_TABLE) console.table(table)
    }, 300_000)
  }
})

function runIn(page: Page, language: Language, source: string, seconds: number) {
  return page.evaluate(
    async ([program, limits]) => {
      const box = (window as { box?: ReturnType<typeof sandboxes.browserSandbox> }).box ??= sandboxes.browserSandbox()
      return box.run(program, limits)
    },
    [{ language, source, call: 'grade', args: ARGS }, { seconds }] as const,
  )
}
const honest = (page: Page, language: Language) => runIn(page, language, HONEST[language], 60)

/** The page's files by name, the script as `page.js`. */
async function bundlePage(): Promise<Map<string, string | Uint8Array>> {
  const input = fileURLToPath(new URL('page.fixture.ts', import.meta.url))
  const rolldownOptions = { input, output: { entryFileNames: 'page.js' } }
  const options = { write: false, minify: false, target: 'es2023', rolldownOptions }
  const built = (await build({ configFile: false, base: './', publicDir: false, logLevel: 'error', plugins: [sandboxCode()], build: options })) as Rollup.RollupOutput
  return new Map(built.output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
}
