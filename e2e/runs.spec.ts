/** Runs are kept: after a reload they go on; they are compared, saved, opened, linked and watched. */
import { readFile } from 'node:fs/promises'
import { expect, test, type Page } from '@playwright/test'
import { PATIENCE, withoutWebGpu } from './page'

const QUICK = {
  steps: 4,
  evaluation: { problems: 4, every: 2 },
  algorithm: { name: 'grpo', questions: 1, num_generations: 4, max_completion_length: 22 },
}

test.beforeEach(() => { test.setTimeout(3 * PATIENCE) })

async function open(page: Page, address = './'): Promise<void> {
  await page.goto(address)
  await page.evaluate(async () => { await window.etude.ready })
}

async function play(page: Page, spec: object): Promise<void> {
  await page.evaluate(async (given) => {
    await window.etude.start(given)
    await window.etude.done()
  }, spec)
  await expect(page.locator('.state[data-state="done"]')).toBeVisible()
}

/** Metrics of the newest run, without times. */
const kept = (page: Page) =>
  page.evaluate(async () => {
    const [entry] = await window.etude.runs()
    const { reports, evaluations } = await window.etude.read(entry!.id)
    return [reports.map(({ step, metrics }) => ({ step, ...metrics, step_time: 0 })), evaluations.map((one) => ({ ...one, seconds: 0 }))]
  })

const runsDrawer = async (page: Page): Promise<void> => {
  await page.getByRole('tab', { name: 'Runs' }).click()
  await expect(page.locator('.run').first()).toBeVisible()
}

test('a run goes on after a reload, from the banner, with the figures of the unbroken run', async ({ page, browser }) => {
  await open(page)
  await page.evaluate(async (spec) => {
    await window.etude.start(spec)
    while (window.etude.reports().length < 2) await new Promise((wake) => setTimeout(wake, 20))
    await window.etude.pause()
  }, QUICK)
  await page.reload()
  await page.getByRole('button', { name: /^Go on where it stopped \(step \d of 4\)/ }).click()
  await expect(page.locator('.state[data-state="done"]')).toBeVisible({ timeout: PATIENCE })
  const resumed = await kept(page)
  const other = await (await browser.newContext()).newPage()
  await open(other, page.url())
  await play(other, QUICK)
  expect(await kept(other)).toEqual(resumed)
})

test('runs are named, compared in words and curves, removed and brought back', async ({ page }) => {
  await open(page)
  await play(page, QUICK)
  await play(page, { ...QUICK, seed: 5, algorithm: { ...QUICK.algorithm, learning_rate: 2e-3 } })
  await runsDrawer(page)
  const name = page.getByRole('textbox', { name: 'Name' }).first()
  await name.fill('twice the rate')
  await name.press('Enter')
  for (const box of await page.getByRole('checkbox', { name: /^Compare/ }).all()) await box.check()
  await expect(page.getByText('They differ in learning rate and seed; all else is the same.')).toBeVisible()
  await expect(page.locator('.compare-chart')).toHaveCount(3)
  await expect(page.locator('.compare-names')).toContainText('twice the rate')
  await page.getByRole('button', { name: 'More about twice the rate' }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await expect(page.locator('.run')).toHaveCount(1)
  await page.getByRole('button', { name: 'undo' }).click()
  await expect(page.locator('.run')).toHaveCount(2)
})

test('a run is saved as one file and opened again; a chart as a picture and as figures', async ({ page }) => {
  await open(page)
  await play(page, QUICK)
  const before = await kept(page)
  await runsDrawer(page)
  const save = async (menu: string, item: string): Promise<string> => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: menu }).click().then(() => page.getByRole('menuitem', { name: item }).click()),
    ])
    return download.path()
  }
  const zip = await save('More about GRPO on Ledger, seed 0', 'Save the run (zip)')
  const svg = await readFile(await save('Save the chart “Reward and held-out accuracy”', 'Picture (SVG)'), 'utf8')
  expect(svg).toMatch(/^<svg .*<path/s)
  expect(svg).not.toContain('var(--')
  expect(await readFile(await save('Save the chart “Reward and held-out accuracy”', 'Figures (CSV)'), 'utf8')).toMatch(/^steps,reward,smoothed/)
  await page.locator('input[type="file"]').setInputFiles({ name: 'whatever.bin', mimeType: '', buffer: await readFile(zip) })
  await expect(page.locator('.scrubber')).toContainText('step 4 of 4')
  expect(await kept(page)).toEqual(before)
})

test('a recording is watched with a scrubber where nothing can be trained', async ({ page }) => {
  await withoutWebGpu(page)
  await page.goto('./')
  await page.getByRole('button', { name: /^GRPO on/ }).first().click()
  const slider = page.getByRole('slider', { name: 'Step' })
  await expect(slider).toBeVisible()
  await page.getByRole('button', { name: 'Pause' }).click()
  await slider.fill('3')
  await expect(page.getByTestId('step')).toHaveText('3')
  await page.keyboard.press('ArrowRight')
  await expect(page.getByTestId('step')).toHaveText('4')
  await expect(page.locator('.trouble')).toHaveCount(0)
  await page.getByRole('button', { name: 'Close this run' }).click()
  await expect(page.locator('.scrubber')).toHaveCount(0)
})
