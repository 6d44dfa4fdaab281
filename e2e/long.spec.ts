/** Eight runs of 5,000 steps side by side: the page stays quick while they are drawn, smoothed, narrowed and pointed at. */
import { expect, test } from '@playwright/test'
import { newEntry } from '../src/runs/library/entry'
import { writeRunFile } from '../src/runs/library/runfile'
import { parseSpec } from '../src/runs/spec'
import { PATIENCE } from './page'

const [RUNS, STEPS] = [8, 5000]
/** Milliseconds that one task of the page may take. */
const LONGEST = 100

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

test('eight runs of 5,000 points: no task of the charts keeps the page for long', async ({ page }) => {
  test.setTimeout(3 * PATIENCE)
  await page.goto('./')
  await page.evaluate(async () => { await window.etude.ready })
  await page.getByRole('tab', { name: 'Runs' }).click()
  for (let seed = 0; seed < RUNS; seed++) {
    await page.locator('input[type="file"]').first().setInputFiles({ name: `run ${seed}.zip`, mimeType: 'application/zip', buffer: zipOf(seed) })
    await expect(page.locator('.scrubber')).toContainText(`run ${seed}`, { timeout: PATIENCE })
  }
  await page.getByRole('button', { name: 'Close this run' }).click()
  await page.evaluate(() => {
    const seen: number[] = []
    Object.assign(window, { tasks: seen })
    new PerformanceObserver((list) => { seen.push(...list.getEntries().map(({ duration }) => duration)) }).observe({ entryTypes: ['longtask'] })
  })
  /** What took longer than 50 ms since it was asked for last. */
  const tasks = () => page.evaluate(async () => {
    await new Promise((wake) => setTimeout(wake, 500))
    return (window as unknown as { tasks: number[] }).tasks.splice(0)
  })
  const measured: Record<string, number[]> = {}
  for (const box of await page.getByRole('checkbox', { name: /^Compare/ }).all()) await box.check()
  await expect(page.locator('.compare-chart').first().locator('path[stroke-width="2"]')).toHaveCount(RUNS)
  measured.drawn = await tasks()
  for (let press = 0; press < 5; press++) await page.getByRole('slider', { name: 'Smoothing' }).press('ArrowRight')
  measured.smoothed = await tasks()
  for (let press = 0; press < 10; press++) await page.getByRole('slider', { name: 'From' }).press('ArrowRight')
  measured.narrowed = await tasks()
  await page.getByRole('switch', { name: 'log scale' }).check()
  measured.log = await tasks()
  const plot = (await page.locator('.compare-plot').first().boundingBox())!
  for (let x = 60; x < plot.width - 20; x += 20) await page.mouse.move(plot.x + x, plot.y + 90)
  measured.pointed = await tasks()
  console.log('longest tasks, ms:', JSON.stringify(Object.fromEntries(Object.entries(measured).map(([name, all]) => [name, Math.max(0, ...all)]))))
  for (const [name, all] of Object.entries(measured)) expect(Math.max(0, ...all), name).toBeLessThanOrEqual(LONGEST)
})
