/** A browser without WebGPU: the page says so at once, and what to do. */
import { expect, test } from '@playwright/test'
import { parts, withoutWebGpu } from './page'

test('without WebGPU the page says what is missing and what to do', async ({ page }) => {
  await withoutWebGpu(page)
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
