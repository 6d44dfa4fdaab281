/** A browser without WebGPU: the page says so at once, and what to do. */
import { expect, test } from '@playwright/test'
import { parts } from './page'

test('without WebGPU the page says what is missing and what to do', async ({ page }) => {
  // Gone for the page and for its workers, whose navigator a script of the page cannot reach.
  await page.addInitScript(() => { Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }) })
  await page.route(/\.(js|ts|mjs)(\?|$)/, async (route) => {
    const response = await route.fetch()
    const gone = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { get: () => undefined })"
    await route.fulfill({ response, body: `if (typeof WorkerNavigator !== 'undefined') ${gone};\n${await response.text()}` })
  })
  await page.goto('./?run')
  const alert = page.getByRole('alert')
  await expect(alert).toContainText('No usable WebGPU here')
  await expect(alert).toContainText('npm run train')
  const { play, oneStep, state } = parts(page)
  await expect(play).toBeDisabled()
  await expect(oneStep).toBeDisabled()
  await expect(state).toHaveText('no WebGPU here')
  const refusal = await page.evaluate(() => window.etude.start({}).then(() => 'accepted', (error: Error) => error.message))
  expect(refusal).toMatch(/WebGPU/)
  // Charts may still be on their way through the route when all is said.
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})
