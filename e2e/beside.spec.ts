// What is asked of the model beside a run: the probe before it, chat before and after, a gradient check; and a lesson to its end.
import { expect, test } from '@playwright/test'
import { openQuick, PATIENCE } from './page'

test('the probe says what to expect, chat answers with and without the adapter, and the run goes on', async ({ page }) => {
  await openQuick(page, { steps: 2, evaluation: { problems: 0 } })
  await page.getByRole('button', { name: /^try \d+ × \d+ answers/ }).click()
  await expect(page.locator('.probe')).toContainText(/of the answers pass \(0\.\d\d to 0\.\d\d\); about \d+ % of groups will be mixed/, { timeout: PATIENCE })

  await page.getByRole('tab', { name: 'Before and after' }).click()
  await page.getByRole('button', { name: 'Ask both' }).click()
  const sides = page.locator('.chat-side')
  await expect(sides.nth(1)).toContainText(/\d+ tokens, 0 of them unlike/, { timeout: PATIENCE }) // the adapter begins as nothing
  expect(await sides.nth(0).locator('.chat-text').textContent()).toBe(await sides.nth(1).locator('.chat-text').textContent())

  await page.getByRole('button', { name: 'Play', exact: true }).or(page.getByRole('button', { name: 'Go on' })).click()
  await expect(page.getByTestId('step')).toHaveText('2', { timeout: PATIENCE })
})

test('a press checks gradients, and the adapter is what it was', async ({ page }) => {
  await openQuick(page, { steps: 3, evaluation: { problems: 0 } })
  await page.getByRole('button', { name: 'One step' }).click()
  await expect(page.getByTestId('step')).toHaveText('1', { timeout: PATIENCE })
  await expect(page.getByRole('button', { name: 'Go on' })).toBeEnabled({ timeout: PATIENCE })
  const adapter = () => page.evaluate(async () => [...(await window.etude.exportAdapter())['adapter_model.safetensors']!].join())
  const before = await adapter()
  await page.getByRole('tab', { name: 'Gradients' }).click()
  await page.getByRole('button', { name: 'Choose …' }).click()
  await page.getByPlaceholder('or choose').click()
  await page.getByRole('option').first().click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Check these' }).click()
  await expect(page.locator('.gradients tbody tr')).toHaveCount(1)
  await expect(page.locator('.gradients')).toContainText('✓', { timeout: PATIENCE })
  expect(await adapter()).toBe(before)
})

test('lesson 5 makes silent groups, says so, and a class gets it by a link', async ({ page }) => {
  await page.goto('./?lesson=05-silent-groups&hide=drawers&lock')
  await expect(page.getByRole('heading', { name: 'Silent groups, and a loss of 0' })).toBeVisible()
  await expect(page.getByRole('tab')).toHaveCount(0)
  await expect(page.getByLabel('Learning rate', { exact: true })).toBeDisabled()
  await page.getByRole('button', { name: 'Play this lesson' }).click({ timeout: PATIENCE })
  const expected = page.getByRole('list', { name: 'What should happen' }).getByRole('listitem')
  await expect(expected.first()).toHaveAttribute('data-happened', 'true', { timeout: PATIENCE })
  await expect(expected.nth(1)).toHaveAttribute('data-happened', 'true')
  await page.getByRole('button', { name: 'the answer' }).click()
  await expect(page.getByText('Shorter sums, so that some answers are right')).toBeVisible()
})
