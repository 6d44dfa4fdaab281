/** Light and dark, wide and narrow, before and after a step: pictures for the eye, and nothing may stick out or lack a name. */
import { expect, test } from '@playwright/test'
import { openQuick, parts, PATIENCE } from './page'

for (const colorScheme of ['light', 'dark'] as const) {
  test(`${colorScheme}: wide and narrow`, async ({ page }, info) => {
    test.setTimeout(2 * PATIENCE)
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 1440, height: 900 })
    await openQuick(page, { steps: 3, evaluation: { problems: 16, every: 1 } })
    const { play, state } = parts(page)
    await expect(play).toBeEnabled({ timeout: PATIENCE })
    await page.screenshot({ path: info.outputPath(`${colorScheme}-idle.png`), fullPage: true })
    await play.click()
    await expect(state).toHaveText('done', { timeout: PATIENCE })
    await page.screenshot({ path: info.outputPath(`${colorScheme}-wide.png`), fullPage: true })
    expect(await background(page)).toBe(colorScheme === 'dark' ? 'rgb(22, 21, 19)' : 'rgb(251, 250, 246)')
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 })
      // The charts take their new width a moment after the window has.
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      await expect.poll(overflow, { message: `pixels that stick out at a width of ${width}`, timeout: 5000 }).toBeLessThanOrEqual(0)
    }
    await page.screenshot({ path: info.outputPath(`${colorScheme}-narrow.png`), fullPage: true })
    const nameless = await page.locator('button:visible, input:visible').evaluateAll((elements) =>
      elements.filter((element) => {
        const labels = (element as HTMLInputElement).labels
        return !element.getAttribute('aria-label') && !labels?.length && !element.textContent.trim()
      }).map((element) => element.outerHTML.slice(0, 120)))
    expect(nameless).toEqual([])
  })
}

test('the first load holds neither ONNX Runtime nor transformers.js', async ({ page }) => {
  const loaded: string[] = []
  page.on('request', (request) => loaded.push(request.url()))
  await page.goto('./')
  await expect(parts(page).play).toBeVisible()
  expect(loaded.length).toBeGreaterThan(0)
  expect(loaded.filter((url) => /onnxruntime|ort[-.]|transformers/i.test(url))).toEqual([])
})

async function background(page: import('@playwright/test').Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor)
}
