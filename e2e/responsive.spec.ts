/** The engine works in a worker: the page keeps answering while it trains. */
import { expect, test } from '@playwright/test'
import { PATIENCE } from './page'

test('the page answers while the model learns', async ({ page }) => {
  test.setTimeout(2 * PATIENCE)
  await page.goto('./')
  const gap = await page.evaluate(async () => {
    await window.etude.start({ steps: 2, evaluation: { problems: 0 } })
    let [last, longest, over] = [performance.now(), 0, false]
    void window.etude.done().finally(() => (over = true))
    while (!over) {
      await new Promise((wake) => setTimeout(wake, 10))
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
    }
    return longest
  })
  console.log(`longest time in which the page did not answer: ${gap.toFixed(0)} ms`)
  expect(page.workers()).toHaveLength(1)
  expect(gap).toBeLessThan(500)
})
