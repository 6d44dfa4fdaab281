/** MOTIF on the page: the method brings its settings, the tree grows while a step is sampled, and its nodes can be read. */
import { expect, test, type Page } from '@playwright/test'
import { openQuick, parts, PATIENCE } from './page'

const SIZE = { m: 4, k: 2, rounds: 3 }
const TINY = {
  steps: 2,
  task: { name: 'ledger', terms: [6, 8] },
  evaluation: { problems: 0 },
  algorithm: { name: 'motif', num_generations: SIZE.m, trajectories: SIZE.k, rounds: SIZE.rounds, max_completion_length: 22 },
}

async function chooseMethod(page: Page, name: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Method' }).click()
  await page.getByRole('option', { name, exact: true }).click()
}

test('MOTIF brings sums that are worth its rounds, says so, and has its presets', async ({ page }) => {
  await page.goto('./')
  await chooseMethod(page, 'MOTIF')
  await expect(page.getByLabel('Fewest terms')).toHaveValue('6')
  await expect(page.getByRole('status').filter({ hasText: 'came with MOTIF' })).toBeVisible()
  await page.getByRole('button', { name: 'back to 4–5' }).click()
  await expect(page.getByLabel('Fewest terms')).toHaveValue('4')
  await page.getByRole('button', { name: 'use 6–8' }).click()

  await page.getByRole('combobox', { name: 'Variant' }).click()
  await page.getByRole('option', { name: 'every round trained' }).click()
  await expect(page.getByLabel('Ways on from each response')).toHaveValue('1')
  const spec = await page.evaluate(() => window.etude.spec())
  expect(spec.algorithm).toMatchObject({ name: 'motif', train_rounds: 'every', trajectories: 1 })
  expect(spec.task).toMatchObject({ terms: [6, 8] })

  // Back where it began: the sums go as they came.
  await chooseMethod(page, 'GRPO')
  await expect(page.getByLabel('Fewest terms')).toHaveValue('4')
  await expect(page.getByRole('tab', { name: 'MOTIF tree' })).toHaveCount(0)
})

test('two steps: the tree grows, a node is held and read while the run goes on', async ({ page }) => {
  test.setTimeout(2 * PATIENCE)
  await openQuick(page, TINY)
  const { play, state, step } = parts(page)
  await expect(play).toBeEnabled({ timeout: PATIENCE })
  const nodes = page.locator('.node')
  await expect(page.getByTestId('tree-words')).toContainText('4 responses, 8 ways on, 3 rounds')
  await expect(nodes).toHaveCount(1 + SIZE.m * (1 + SIZE.k * (SIZE.rounds - 1)))
  await expect(page.locator('.node[data-state="waiting"]')).toHaveCount(SIZE.m * (1 + SIZE.k * (SIZE.rounds - 1)))

  await watchGrowth(page)
  await play.click()
  const first = page.getByRole('button', { name: /^Response 1, round 1 of 3: (being )?written/ })
  await first.click({ timeout: PATIENCE })
  const panel = page.getByRole('region', { name: 'The chosen node' })
  await expect(panel).toContainText('Response 1, round 1 of 3')
  await expect(state).toHaveText('done', { timeout: PATIENCE })
  await expect(step).toHaveText('2')

  // Responses, then later rounds, were in the page before the first step had ended.
  expect(await page.evaluate(() => window.grown)).toEqual([1, 2, 3])

  // The click held its step: what is read is what the first step's report says.
  const reports = await page.evaluate(() => window.etude.reports())
  await expect(page.getByTestId('tree-words')).toContainText('Step 1:')
  const [response] = reports[0]!.groups[0]!.completions
  const right = response!.trajectories!.filter(({ success }) => success === 1).length
  await expect(panel).toContainText(`${right} of ${SIZE.k}`)
  await expect(panel.getByTestId('node wrote')).toContainText(response!.text)
  await expect(panel.getByTestId('node note')).toHaveText(response!.note!)
  const judged = page.getByRole('button', { name: /^Response 1, round 1 of 3/ })
  await expect(judged).toHaveAccessibleName(new RegExp(`${right} of ${SIZE.k} ways right`))
  await panel.getByText(`${right} of ${SIZE.k}`).hover()
  await expect(page.getByRole('tooltip')).toContainText('ended with a right answer')

  // Arrow keys lead on along its first way, to the end.
  await judged.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  const last = response!.trajectories![0]!.rounds.at(-1)!
  await expect(panel).toContainText('Response 1, way 1, round 3 of 3')
  await expect(panel.getByTestId('node asked')).toHaveText(last.prompt)
  await expect(panel.getByTestId('node wrote')).toContainText(last.text)
  await page.keyboard.press('Escape')
  await expect(panel).toHaveCount(0)
  await expect(page.getByTestId('tree-words')).toContainText('Step 2:')

  // All of the tree and its chart stay within a narrow window.
  await page.getByRole('button', { name: 'questions', exact: true }).click()
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 })
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    await expect.poll(overflow, { message: `pixels that stick out at a width of ${width}`, timeout: 5000 }).toBeLessThanOrEqual(0)
  }
})

declare global {
  interface Window {
    /** Rounds that had text in a node while no step had been made yet. */
    grown: number[]
  }
}

async function watchGrowth(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.grown = []
    const look = (): void => {
      if (window.etude.reports().length > 0) return
      for (const node of document.querySelectorAll('.node:is([data-state="writing"], [data-state="written"])')) {
        const round = Number(node.getAttribute('data-round'))
        if (!window.grown.includes(round)) window.grown.push(round)
      }
      requestAnimationFrame(look)
    }
    look()
  })
}
