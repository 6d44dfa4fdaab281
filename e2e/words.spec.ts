/** The page in another language: by its address, by the list behind “lessons”, and with a run that goes on meanwhile. */
import { expect, test } from '@playwright/test'
import { PATIENCE } from './page'

test('the page speaks German where the address asks for it, and English again', async ({ page }) => {
  test.setTimeout(2 * PATIENCE)
  const spec = { steps: 3, evaluation: { problems: 0 }, algorithm: { name: 'grpo', questions: 4, num_generations: 8, max_completion_length: 22 } }
  await page.goto(`./?lang=de#spec=${Buffer.from(JSON.stringify(spec)).toString('base64url')}`)
  const html = page.locator('html')
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  await expect(html).toHaveAttribute('lang', 'de')
  await expect(html).toHaveAttribute('dir', 'ltr')
  await expect(button('Start')).toBeEnabled({ timeout: PATIENCE })
  await button('Ein Schritt').click()
  await expect(page.locator('.state')).toHaveText('pausiert', { timeout: PATIENCE })
  await button('Lektionen').click()
  await button('English').click()
  await expect(html).toHaveAttribute('lang', 'en')
  await expect(button('Go on')).toBeVisible()
  await expect(page.getByTestId('step')).toHaveText('1') // the run is the same
  expect(new URL(page.url()).searchParams.has('lang')).toBe(false)
  await page.locator('body').press('l')
  await expect(button('Weiter')).toBeVisible()
  await page.reload() // and is remembered
  await expect(button('Start')).toBeVisible()
  await expect(html).toHaveAttribute('lang', 'de')
})

test('the texts of another language are no part of the first load', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.goto('./')
  await expect(page.getByTestId('device')).toBeVisible({ timeout: PATIENCE })
  expect(asked.filter((path) => /\/de-[^/]*\.js$/.test(path))).toEqual([])
})
