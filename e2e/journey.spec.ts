/** A visitor's way through the page, with the real engine on real WebGPU. */
import { expect, test } from '@playwright/test'
import { openQuick, parts, PATIENCE } from './page'

test('from opening to the end of the first step, without any setting', async ({ page }) => {
  const opened = performance.now()
  await page.goto('./?run')
  const { step, state } = parts(page)
  await expect(step).not.toHaveText('0', { timeout: PATIENCE })
  const seconds = (performance.now() - opened) / 1000
  console.log(`opening to the end of the first step: ${seconds.toFixed(1)} s`)
  await expect(state).toHaveText('running')
})

test('play, pause, one step, reset, reload', async ({ page }) => {
  test.setTimeout(4 * PATIENCE)
  await openQuick(page)
  const { play, pause, goOn, oneStep, reset, step, state } = parts(page)
  await expect(play).toBeEnabled({ timeout: PATIENCE })
  await expect(oneStep).toBeEnabled()
  await expect(reset).toBeDisabled()

  await play.click()
  await expect(page.getByRole('list', { name: 'Completions being written' })).toBeVisible({ timeout: PATIENCE })
  await expect(step).not.toHaveText('0', { timeout: PATIENCE })
  await pause.click()
  await expect(goOn).toBeEnabled({ timeout: PATIENCE })
  await expect(state).toHaveText('paused')

  // The curves hold what the reports say: a point of reward for each step, and the accuracy at the start.
  const reports = await page.evaluate(() => window.etude.reports())
  const made = reports.length
  await expect(step).toHaveText(String(made))
  const chart = page.locator('figure.chart')
  await expect(chart).toHaveAttribute('aria-label', new RegExp(`Reward: .*at step ${made}.*Held-out accuracy: .*at step 0`))
  const curves = await chart.locator('path.recharts-curve').evaluateAll((paths) => paths.map((path) => path.getAttribute('d') ?? ''))
  expect(curves.some((d) => pointsOf(d) === made), `a curve of ${made} points among ${JSON.stringify(curves)}`).toBe(true)
  await expect(page.getByTestId('grad_norm')).not.toHaveText('–')

  // The group is ranked, with its mean between the better and the worse, and advantages that carry their sign as text.
  const rows = page.getByRole('list', { name: 'Completions, ranked by reward' })
  const rewards = (await rows.locator('.reward').allInnerTexts()).map((text) => Number(/[\d.]+$/.exec(text)![0]))
  expect(rewards).toHaveLength(8)
  expect(rewards).toEqual(rewards.toSorted((a, b) => b - a))
  await expect(rows.locator('.mean')).toHaveCount(1)
  const silent = new Set(rewards).size === 1
  const advantages = await rows.locator('.advantage').allInnerTexts()
  for (const text of advantages) expect(text).toMatch(silent ? /0\.00$/ : /[+−]\d\.\d\d$|0\.00$/)

  // Pause holds; one step is one step.
  await page.waitForTimeout(1500)
  await expect(step).toHaveText(String(made))
  await oneStep.click()
  await expect(step).toHaveText(String(made + 1), { timeout: PATIENCE })
  await expect(goOn).toBeEnabled({ timeout: PATIENCE })
  await page.waitForTimeout(1500)
  await expect(step).toHaveText(String(made + 1))

  // The form may be changed while a run is on: the page says that it is not what runs. Reset clears the curves.
  const rate = page.getByLabel('Learning rate', { exact: true })
  const before = await rate.inputValue()
  await rate.fill('5e-3')
  await rate.blur()
  const cue = page.locator('.changed')
  await expect(cue).toContainText(`Learning rate 0.005 instead of ${Number(before)}`)
  await cue.getByRole('button', { name: 'Take it back' }).click()
  await expect(rate).toHaveValue(before)
  await expect(cue).toHaveCount(0)
  await reset.click()
  await expect(step).toHaveText('0')
  await expect(rows).toHaveCount(0)
  await expect(chart).toHaveAttribute('aria-label', /no values yet/)

  await page.reload()
  await expect(play).toBeEnabled({ timeout: PATIENCE })
  await oneStep.click()
  await expect(step).toHaveText('1', { timeout: PATIENCE })
})

test('the keys do what the buttons do, and a wrong setting is said in a sentence', async ({ page }) => {
  await openQuick(page, { steps: 1, evaluation: { problems: 4 } })
  const { step, state, play } = parts(page)
  await expect(play).toBeEnabled({ timeout: PATIENCE })
  const fewest = page.getByLabel('Fewest terms')
  await fewest.fill('9')
  await fewest.blur()
  await page.keyboard.press('s')
  await expect(page.getByRole('alert')).toContainText('terms')
  await expect(step).toHaveText('0')
  await fewest.fill('4')
  await fewest.blur()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await page.keyboard.press('Space')
  await expect(state).toHaveText('done', { timeout: PATIENCE })
  await expect(step).toHaveText('1')
  await page.keyboard.press('r')
  await expect(step).toHaveText('0')
})

/** Points of a path, one a command: M, L or the end of a C. */
function pointsOf(d: string): number {
  return (d.match(/[MLC]/g) ?? []).length
}
