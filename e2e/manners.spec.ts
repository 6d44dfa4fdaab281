// What a guest expects of a page: keys with a list of them, a palette, large type for a hall, and nothing that keeps anybody out (axe).
import AxeBuilder from '@axe-core/playwright'
import { linkTo } from '../src/app/address'
import { expect, test, type Page } from '@playwright/test'
import { openQuick, parts, PATIENCE } from './page'

/** What axe finds that is serious or critical, as "rule: element". */
async function serious(page: Page): Promise<string[]> {
  await page.waitForTimeout(600) // what fades in has faint colours on its way
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 140)}`))
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in any view: ${colorScheme}`, async ({ page }) => {
    test.setTimeout(3 * PATIENCE)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await openQuick(page, { steps: 2, evaluation: { problems: 8, every: 1 } })
    const { play, state } = parts(page)
    await expect(play).toBeEnabled({ timeout: PATIENCE })
    const found: Record<string, string[]> = { 'before a run': await serious(page) }
    await play.click()
    await expect(state).toHaveText('done', { timeout: PATIENCE })
    found['after a run'] = await serious(page)
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click()
      found[`drawer ${(await tab.textContent())!}`] = await serious(page)
    }
    await page.getByRole('button', { name: 'lessons' }).click()
    found.lessons = await serious(page)
    await page.getByRole('button', { name: /Silent groups/ }).click()
    await expect(page.getByRole('heading', { name: 'Silent groups, and a loss of 0' })).toBeVisible()
    found['a lesson'] = await serious(page)
    await page.locator('body').press('Shift+?')
    await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
    found.keys = await serious(page)
    expect(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0))).toEqual({})
  })
}

test('keys do what the page’s buttons do, and a sheet lists them', async ({ page }) => {
  await openQuick(page, { steps: 2, evaluation: { problems: 0 } })
  const { play, step, state } = parts(page)
  await expect(play).toBeEnabled({ timeout: PATIENCE })
  await page.locator('body').press('s')
  await expect(step).toHaveText('1', { timeout: PATIENCE })
  await expect(state).toHaveText('paused', { timeout: PATIENCE })
  await page.locator('body').press('Shift+?')
  const sheet = page.getByRole('dialog', { name: 'Keys' })
  await expect(sheet).toContainText('one step, then pause')
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await page.locator('body').press('p')
  await expect(page.locator('html')).toHaveAttribute('data-present', '')
  await page.locator('body').press('p')
  await expect(page.locator('html')).not.toHaveAttribute('data-present', '')
  await page.locator('body').press('d')
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark')
  await page.locator('body').press('r')
  await expect(step).toHaveText('0')
})

test('the palette finds commands and lessons, and a guide opens', async ({ page }) => {
  await page.goto('./')
  await expect(parts(page).play).toBeEnabled({ timeout: PATIENCE })
  await page.locator('body').press('Control+k')
  await page.getByLabel('Search commands and lessons').fill('too fast')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Too fast' })).toBeVisible()
  await page.getByRole('button', { name: 'lessons' }).click()
  await page.getByRole('button', { name: 'Write a grader' }).click()
  await expect(page.getByRole('dialog').getByRole('heading', { name: 'Write a grader' })).toBeVisible()
})

test('the run is told in words, and a link with its settings is the same run in a fresh profile', async ({ page, browser, baseURL }) => {
  test.setTimeout(3 * PATIENCE)
  await openQuick(page, { steps: 10, evaluation: { problems: 0 }, algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 } })
  const play = async (on: Page) => {
    await parts(on).play.click({ timeout: PATIENCE })
    await expect(parts(on).state).toHaveText('done', { timeout: PATIENCE })
    return on.evaluate(() => window.etude.reports().map(({ metrics: { step_time: _, ...rest } }) => rest))
  }
  const first = await play(page)
  await expect(page.locator('[aria-live=polite]').filter({ hasText: /Run done, step 10 of 10, reward/ })).toHaveCount(1)
  const spec = await page.evaluate(() => JSON.stringify(window.etude.spec()))
  const context = await browser.newContext({ baseURL: baseURL! })
  const other = await context.newPage()
  const link = linkTo(JSON.parse(spec), page.url(), 'barrier-free')
  expect(link).toContain('@tier=barrier-free')
  await other.goto(link)
  expect(await play(other)).toEqual(first)
  await other.goto('about:blank')
  await other.goto(link.replace('barrier-free', 'another'))
  await expect(other.getByRole('alert')).toContainText('agree to rounding, not to the bit')
  await context.close()
})
