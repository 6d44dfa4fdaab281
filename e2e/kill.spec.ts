/**
 * The page reloaded, and the browser's process killed (SIGKILL), at random moments of a run: it goes on, and its journal is the unbroken
 * run's. ETUDE_KILLS sets how many of each, ETUDE_SEED the moments.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, expect, test, type Page } from '@playwright/test'
import { CHROMIUM_ARGS, findChromium } from '../bin/chromium.mjs'
import { PATIENCE } from './page'

const KILLS = Number(process.env.ETUDE_KILLS ?? 1)
const RELOADS = 2 * KILLS
const SEED = Number(process.env.ETUDE_SEED ?? Date.now() % 2 ** 29)
const SPEC = { steps: 6, seed: 6, adapter: { rank: 2 }, algorithm: { name: 'sft', questions: 2 }, evaluation: { problems: 2, every: 3, max_completion_length: 4 } }

/** Numbers in [0, 1): sin's digits are random enough for moments. */
const moments = (seed: number) => {
  let i = 0
  return () => {
    const x = Math.sin(seed + ++i) * 10_000
    return x - Math.floor(x)
  }
}

const ready = async (page: Page, address: string): Promise<void> => {
  await page.goto(address)
  await page.evaluate(async () => { await window.etude.ready })
}

/** The newest run that is kept, without times. */
const kept = (page: Page) =>
  page.evaluate(async () => {
    const all = await window.etude.runs()
    const { reports, evaluations } = await window.etude.read(all[0]!.id)
    const rows = reports.map(({ step, metrics, groups }) => ({ step, metrics: { ...metrics, step_time: 0 }, groups }))
    return { rows, evaluations: evaluations.map((each) => ({ ...each, seconds: 0 })) }
  })

/** Goes on with the run that is kept, or begins one where it was cut before its first checkpoint; gives the milliseconds to its end. */
const play = (page: Page): Promise<number> =>
  page.evaluate(async (spec) => {
    const since = performance.now()
    const [entry] = await window.etude.runs()
    if (!entry?.checkpoint) await window.etude.start(spec)
    else if (entry.state !== 'done') await window.etude.goOn(entry.id)
    else return 0
    await window.etude.done()
    return performance.now() - since
  }, SPEC)

/** Plays until the moment; whatever becomes of the page then is no failure. */
async function playFor(page: Page, milliseconds: number): Promise<void> {
  await Promise.race([play(page).catch(() => undefined), new Promise((done) => { setTimeout(done, milliseconds) })])
}

test.beforeEach(() => { test.setTimeout((4 + 2 * RELOADS) * PATIENCE) })

test('a run whose page is reloaded, and whose browser is killed, at random', async ({ browser, baseURL }) => {
  console.log(`${RELOADS} reloads, ${KILLS} kills, ETUDE_SEED=${SEED}`)
  const random = moments(SEED)
  const first = await (await browser.newContext()).newPage()
  await ready(first, baseURL!)
  const took = await play(first)
  const whole = await kept(first)
  await first.context().close()
  expect(whole.rows).toHaveLength(SPEC.steps)

  const second = await (await browser.newContext()).newPage()
  await ready(second, baseURL!)
  for (let i = 0; i < RELOADS; i++) {
    await playFor(second, random() * took)
    await second.reload()
    await second.evaluate(async () => { await window.etude.ready })
  }
  await play(second)
  expect(await kept(second)).toEqual(whole)
  await second.context().close()

  const folder = mkdtempSync(join(tmpdir(), 'etude-kill-'))
  const live = async (work: (page: Page) => Promise<void>): Promise<void> => {
    const { child, address } = await launch(folder)
    const connected = await chromium.connectOverCDP(address)
    const page = connected.contexts()[0]!.pages()[0] ?? (await connected.contexts()[0]!.newPage())
    try {
      await ready(page, baseURL!)
      await work(page)
    } finally {
      process.kill(-child.pid!, 'SIGKILL')
      await once(child, 'close')
    }
  }
  for (let i = 0; i < KILLS; i++) await live((page) => playFor(page, random() * took))
  await live(async (page) => {
    await play(page)
    expect(await kept(page)).toEqual(whole)
  })
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A Chromium of its own process group, with its profile in the folder. */
async function launch(folder: string): Promise<{ child: ChildProcess; address: string }> {
  const args = [...CHROMIUM_ARGS, '--headless=new', '--no-sandbox', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank']
  const child = spawn(findChromium() ?? chromium.executablePath(), args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
  const address = await new Promise<string>((done, fail) => {
    let said = ''
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString()
      const found = /DevTools listening on (ws:\S+)/.exec(said)
      if (found) done(found[1]!)
    })
    child.on('exit', () => fail(new Error(`Chromium ended: ${said.slice(-500)}`)))
  })
  return { child, address }
}
