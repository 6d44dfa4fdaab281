/** Eight runs of 5,000 steps side by side: the page stays quick while they are drawn, smoothed, narrowed and pointed at. */
import { expect, test } from '@playwright/test'
import { newEntry } from '../src/runs/library/entry'
import { writeRunFile } from '../src/runs/library/runfile'
import { parseSpec } from '../src/runs/spec'
import { PATIENCE } from './page'

const [RUNS, STEPS] = [8, 5000]
/** Milliseconds that one task of the page may take. */
const LONGEST = 100

interface TraceEvent {
  name: string
  pid: number
  tid: number
  /** Microseconds of the thread's own time. */
  tdur?: number
  args?: { name?: string }
}

const wave = (step: number, seed: number): number => 0.5 + 0.3 * Math.sin(step / 300 + seed) + 0.15 * Math.sin(step * 12.9898 + seed * 78.233)

function zipOf(seed: number): Buffer {
  const spec = parseSpec({ steps: STEPS, seed, algorithm: { name: 'grpo', learning_rate: 1e-4 * (seed + 1) } })
  const reports = Array.from({ length: STEPS }, (_, i) => ({
    step: i + 1, groups: [], resumable: false,
    metrics: { reward: wave(i, seed), loss: wave(i, seed + 9) - 0.5, entropy: wave(i, seed + 5), generated_tokens: 640 * (i + 1), step_time: 1 },
  }))
  const entry = newEntry(spec, [], { name: `run ${seed}`, state: 'done', step: STEPS })
  return Buffer.from(writeRunFile({ entry, reports, evaluations: [] }))
}

test('eight runs of 5,000 points: no task of the charts keeps the page for long', async ({ page, browser }) => {
  test.setTimeout(3 * PATIENCE)
  await page.goto('./')
  await page.evaluate(async () => { await window.etude.ready })
  await page.getByRole('tab', { name: 'Runs' }).click()
  for (let seed = 0; seed < RUNS; seed++) {
    await page.locator('input[type="file"]').first().setInputFiles({ name: `run ${seed}.zip`, mimeType: 'application/zip', buffer: zipOf(seed) })
    await expect(page.locator('.scrubber')).toContainText(`run ${seed}`, { timeout: PATIENCE })
  }
  await page.getByRole('button', { name: 'Close this run' }).click()
  /** Does it, and gives the longest task of the page's main thread meanwhile: its own milliseconds, not those of a busy machine. */
  const longest = async (work: () => Promise<void>): Promise<number> => {
    await browser.startTracing(page, { categories: ['toplevel', '__metadata'] })
    await work()
    await page.waitForTimeout(400)
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
    const main = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
    const tasks = traceEvents.filter(({ name, tdur, pid, tid }) =>
      name.endsWith('RunTask') && tdur !== undefined && main.some((thread) => thread.pid === pid && thread.tid === tid))
    expect(tasks.length, 'tasks that were seen').toBeGreaterThan(10)
    return Math.max(...tasks.map(({ tdur }) => tdur! / 1000))
  }
  const measured = {
    drawn: await longest(async () => {
      for (const box of await page.getByRole('checkbox', { name: /^Compare/ }).all()) await box.check()
      await expect(page.locator('.compare-chart').first().locator('path[stroke-width="2"]')).toHaveCount(RUNS)
    }),
    smoothed: await longest(async () => {
      for (let press = 0; press < 5; press++) await page.getByRole('slider', { name: 'Smoothing' }).press('ArrowRight')
    }),
    narrowed: await longest(async () => {
      for (let press = 0; press < 10; press++) await page.getByRole('slider', { name: 'From' }).press('ArrowRight')
    }),
    log: await longest(() => page.getByRole('switch', { name: 'log scale' }).check()),
    pointed: await longest(async () => {
      const plot = (await page.locator('.compare-plot').first().boundingBox())!
      for (let x = 60; x < plot.width - 20; x += 20) await page.mouse.move(plot.x + x, plot.y + 90)
    }),
  }
  console.log('longest tasks, ms:', JSON.stringify(measured))
  for (const [name, milliseconds] of Object.entries(measured)) expect(milliseconds, name).toBeLessThanOrEqual(LONGEST)
})
