/** A run in a headless Chromium: serves the page, drives it through `window.etude`, and brings its reports back. */
import { join, resolve } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright'
import { createServer } from 'vite'
import { CHROMIUM_ARGS, ensureChromium } from '../../bin/chromium.mjs'
import { hubSettings, placeOf } from '../hub/node'
import type { Evaluation, StepReport } from '../rl/report'
import type { Summary } from '../runs/run'
import type { Trainer, TrainerOptions } from './trainer'

/** The part of `window.etude` that is used here. */
interface Etude {
  ready: Promise<void>
  start(spec: unknown): Promise<void>
  resume(checkpoint: Uint8Array): Promise<void>
  done(): Promise<Summary>
  pause(): Promise<void>
  reports(): StepReport[]
  evaluations(): Evaluation[]
  checkpoint(): Promise<Uint8Array>
  exportAdapter(): Promise<Record<string, Uint8Array>>
}

const ROOT = join(import.meta.dirname, '../..')
const POLL = 250 // milliseconds
/** Milliseconds for the page to be there: its first visit bundles what it imports. */
const PATIENCE = 120_000
/** First without a named adapter, so that a GPU is taken where Chromium sees one. */
const FLAGS = [CHROMIUM_ARGS.filter((flag) => !flag.startsWith('--use-webgpu-adapter')), CHROMIUM_ARGS]

export async function trainInBrowser({ spec, resume, listeners }: TrainerOptions): Promise<Trainer> {
  const executablePath = ensureChromium()
  const server = await createServer({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  })
  await server.listen()
  let browser: Browser | undefined
  try {
    const address = server.resolvedUrls?.local[0]
    if (!address) throw new Error('the page cannot be served on 127.0.0.1; check that local ports may be opened.')
    const opened = await openPage(executablePath, `${address}#spec=${Buffer.from(JSON.stringify(spec)).toString('base64url')}`)
    browser = opened.browser
    const { page } = opened
    const etude = await page.waitForFunction(() => (window as { etude?: Etude }).etude)
    await etude.evaluate((api) => api!.ready)
    await giveModel(page, spec.model)
    if (spec.adapter.start !== undefined) await giveModel(page, spec.adapter.start)
    listeners.opened(`${opened.device} in headless Chromium ${browser.version()}`)
    // A page that was opened with a spec takes checkpoints of that spec.
    if (resume) await etude.evaluate((api, checkpoint) => api!.resume(checkpoint), resume)
    else await etude.evaluate((api, given) => api!.start(given), spec)

    const stop = async () => {
      await browser?.close()
      await server.close()
    }
    return {
      done: follow(page, listeners, resume !== undefined),
      pause: () => etude.evaluate((api) => api!.pause()),
      checkpoint: () => etude.evaluate((api) => api!.checkpoint()),
      exportAdapter: () => etude.evaluate((api) => api!.exportAdapter()),
      close: stop,
    }
  } catch (error) {
    await browser?.close()
    await server.close()
    throw plain(error)
  }
}

/** What a model needs that does not come with the page: its folder's files, or the Hub's address and token. */
async function giveModel(page: Page, model: string): Promise<void> {
  const place = placeOf(model)
  // In text, for the page's own modules: what is compiled here imports otherwise.
  const inPage = (work: string) => page.evaluate(`import('/src/hub/session.ts').then(async (session) => { ${work} })`)
  if (place === 'hub') {
    const { address, token } = hubSettings()
    await inPage(`session.setHub(${JSON.stringify(address)}); session.setToken(${JSON.stringify(token ?? '')})`)
  }
  if (place === 'folder') {
    await page.evaluate(() => {
      const input = Object.assign(document.createElement('input'), { type: 'file', id: 'model-folder', hidden: true, webkitdirectory: true })
      document.body.append(input)
    })
    await page.locator('#model-folder').setInputFiles(resolve(model))
    await inPage(`
      const { chosenFiles } = await import('/src/hub/files.ts')
      const input = document.getElementById('model-folder')
      session.addFolder(chosenFiles(input.files), ${JSON.stringify(model)})
      input.remove()`)
  }
}

/** Passes new reports on until the run has ended. */
async function follow(page: Page, listeners: TrainerOptions['listeners'], resumed: boolean): Promise<Summary> {
  const etude = await page.waitForFunction(() => (window as { etude?: Etude }).etude)
  // by their steps: a page that lost its device makes some again, and they are the same
  const seen = { step: 0, evaluations: resumed ? await etude.evaluate((api) => api!.evaluations().length) : 0 }
  const collect = async () => {
    const words = await page.evaluate(() => document.querySelector('.state[data-state=opening]')?.textContent)
    if (words) listeners.opening?.(words)
    const { reports, evaluations } = await etude.evaluate(
      (api, from) => ({
        reports: api!.reports().filter(({ step }) => step > from.step).map(({ tokens: _, ...rest }) => rest),
        evaluations: api!.evaluations().slice(from.evaluations),
      }),
      seen,
    )
    seen.step = reports.at(-1)?.step ?? seen.step
    seen.evaluations += evaluations.length
    for (const report of reports) {
      for (const evaluation of evaluations.filter(({ step }) => step < report.step)) listeners.evaluation(evaluation)
      evaluations.splice(0, evaluations.filter(({ step }) => step < report.step).length)
      listeners.report(report)
    }
    for (const evaluation of evaluations) listeners.evaluation(evaluation)
  }
  let ended = false
  const done = etude.evaluate((api) => api!.done()).finally(() => (ended = true))
  done.catch(() => undefined) // awaited below, after the last reports
  while (!ended) {
    await new Promise((next) => setTimeout(next, POLL))
    if (!page.isClosed()) await collect()
  }
  return done.catch((error: unknown) => {
    throw plain(error)
  })
}

async function openPage(executablePath: string, address: string): Promise<{ browser: Browser; page: Page; device: string }> {
  for (const args of FLAGS) {
    // Ctrl+C ends the run after its step; the browser must live until then.
    const browser = await chromium.launch({ executablePath, args, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false })
    const page = await browser.newPage()
    page.setDefaultTimeout(PATIENCE)
    await page.goto(address)
    const device = await page.evaluate(async () => {
      const info = (await (navigator as { gpu?: GPU }).gpu?.requestAdapter())?.info
      return info && (info.description || `${info.vendor} ${info.architecture}`)
    })
    if (device) return { browser, page, device }
    await browser.close()
  }
  throw new Error(`${executablePath} offers no WebGPU adapter; update it, or set ETUDE_CHROMIUM to a newer Chromium.`)
}

/** Playwright puts its own words before the page's, and a stack behind them. */
function plain(error: unknown): Error {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  const [, name, sentence] = /^(?:[\w.]+: )?(?:(\w*Error|BadModel|DeviceLost|OutOfMemory): )?(.*)$/.exec(first) ?? []
  const result = new Error(sentence ?? first, { cause: error })
  if (name === 'BadModel') result.name = name
  return result
}
