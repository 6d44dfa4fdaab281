// The group explains itself: a silent group in three clicks, a token's loss in its own numbers, another reward tried on stored rollouts.
import { expect, test, type Page } from '@playwright/test'
import { openQuick, parts, PATIENCE } from './page'

const still = { evaluation: { problems: 0 } }

async function runTo(page: Page, steps: number): Promise<void> {
  await parts(page).play.click()
  await expect(page.getByTestId('step')).toHaveText(String(steps), { timeout: PATIENCE })
  await expect(parts(page).state).toHaveText('done')
}

test('three clicks from opening the page to the sentence that explains a silent group', async ({ page }) => {
  await openQuick(page, { ...still, steps: 1, algorithm: { name: 'grpo', questions: 6, num_generations: 2, max_completion_length: 22 } })
  await runTo(page, 1) // the first click
  await page.locator('.group .question[data-silent]').first().click()
  await page.getByRole('button', { name: 'Why is this group silent?' }).click()
  const sentence = /^All two attempts at this question earned \d\.\d\d, so each is exactly as good as the group’s mean/
  await expect(page.getByText(sentence)).toBeVisible()
  await expect(page.getByText('algorithm.num_generations is 2')).toBeVisible()
})

test('a token shows the objective with its own numbers, update by update, by pointer and by keys', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  const algorithm = { name: 'grpo', questions: 2, num_generations: 8, max_completion_length: 22, num_iterations: 2, learning_rate: 0.01 }
  await openQuick(page, { ...still, steps: 2, algorithm })
  await runTo(page, 2)
  const formulas = () => asked.filter((url) => /katex|Formula/i.test(url))
  expect(formulas()).toEqual([]) // KaTeX comes when the first formula does

  await page.locator('[data-row="0"] [data-at="1"]').hover()
  const card = page.getByRole('region', { name: 'The chosen token' })
  await expect(card.locator('.katex')).toHaveCount(5)
  expect(formulas().length).toBeGreaterThan(0)
  await expect(card).toContainText('second token of the first attempt')
  await expect(card).toContainText(/Not clipped: the policy is still the one that sampled|The advantage is 0/)

  // The slope on the card is the record's.
  await page.locator('[data-row="0"] [data-at="1"]').click()
  const slope = await page.evaluate(() => {
    const [{ groups, tokens }] = window.etude.reports() as [ReturnType<typeof window.etude.reports>[number]]
    const rewards = groups[0]!.completions.map(({ reward }) => reward)
    return tokens!.slope[rewards.indexOf(Math.max(...rewards))]![1]!
  })
  const shown = await card.locator('.token-card-numbers li').last().locator('annotation').textContent()
  const [, digits, power] = /= (-?[\d.]+)(?:\{\\cdot\}10\^\{(-?\d+)\})?$/.exec(shown!)!
  expect(Number(digits) * 10 ** Number(power ?? 0)).toBeCloseTo(slope, 3)

  await page.keyboard.press('ArrowRight')
  await expect(card).toContainText('third token of the first attempt')
  await page.locator('.group').getByRole('button', { name: 'The update after' }).click()
  await expect(page.locator('.group .updates')).toContainText(/Ratios from \d\.\d\d to \d\.\d\d; (none|\d+) of \d+ tokens clipped/)
  await expect(card).toContainText('third token of the first attempt')
  await page.getByRole('group', { name: 'Tokens coloured by' }).getByRole('button', { name: 'ratio' }).click()
  await expect(page.locator('[data-row="0"] [data-at="1"]')).toHaveAttribute('aria-label', /: ratio \d/)
  await page.locator('[data-row="0"] [data-at="2"]').focus()
  await page.keyboard.press('Escape')
  await expect(card).toHaveCount(0)
})

test('another reward is tried on the stored rollouts, and taken over without starting anything', async ({ page }) => {
  await openQuick(page, { ...still, steps: 1 })
  await runTo(page, 1)
  await page.getByRole('button', { name: 'try it' }).click()
  const words = page.locator('.whatif-head .drawer-words')
  await expect(words).toContainText('No rank changes, every completion is pushed the way it was')
  await expect(page.getByRole('table', { name: /The same group under every loss type/ }).locator('tbody tr')).toHaveCount(10)

  // By keyboard: the last of the group goes up, and the key that moved it stays in hand.
  const last = page.locator('.attempt[data-place]').last().getByRole('button', { name: /: up$/ })
  await last.focus()
  await page.keyboard.press('Enter')
  await expect(words).not.toContainText('No rank changes')
  await expect(page.locator(':focus')).toHaveAccessibleName(/: up$/)
  await page.getByRole('button', { name: 'as the run has it' }).click()
  await expect(words).toContainText('No rank changes')

  // A reward that nobody earns silences every group.
  await page.getByRole('group', { name: 'Another reward' }).getByLabel('Weight of exact').fill('0')
  await expect(words).toContainText(/4 of 4|four of four groups silent/)
  await page.getByRole('button', { name: 'Use this reward' }).click()
  await expect(page.getByText('The form has it; it counts from the next run on.')).toBeVisible()
  expect(await page.evaluate(() => [window.etude.reports().length, window.etude.spec().graders[0]!.weight])).toEqual([1, 1])
  await expect(parts(page).state).toHaveText('done')
})
