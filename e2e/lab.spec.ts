/** The reward-hacking lab and the rules in the prompt: what the letter pays, what a process grader would, and the text that graders write. */
import { expect, test } from '@playwright/test'
import { openQuick, parts, PATIENCE } from './page'

test('a reward that can be hacked, and its cure on the very same answers', async ({ page }) => {
  test.setTimeout(2 * PATIENCE)
  await openQuick(page, {
    steps: 1, model: 'choice', task: { name: 'choice', shortcut: 0.7 }, graders: [{ name: 'choice', weight: 1 }], evaluation: { problems: 0 },
    algorithm: { name: 'grpo', questions: 4, num_generations: 8, max_completion_length: 16 }, seed: 1,
  })
  await parts(page).play.click({ timeout: PATIENCE })
  await expect(parts(page).state).toHaveText('done', { timeout: PATIENCE })
  await page.getByRole('button', { name: 'try it' }).click()
  const words = page.locator('.whatif-head .drawer-words')
  await expect(words).toContainText('No rank changes')
  await page.getByRole('group', { name: 'Another reward' }).getByRole('combobox', { name: /grader/i }).first().click()
  await page.getByRole('option', { name: /process/ }).click()
  // fewer of the same answers are paid: letters that were guessed earn half at most
  const means = async (): Promise<number[]> => /mean reward of the step (\S+) → (\S+)\.$/.exec((await words.textContent())!)!.slice(1).map(Number)
  await expect.poll(async () => { const [now, cured] = await means(); return cured! < now! }).toBe(true)
})

test('the rules in the prompt are the graders’ own, true or misleading', async ({ page }) => {
  await openQuick(page, { model: 'knights', task: { name: 'knights', people: 3 } })
  await page.getByText('more settings').click()
  const prompt = page.locator('.group')
  const before = await prompt.textContent()
  const choose = async (rules: string): Promise<string> => {
    await page.getByRole('combobox', { name: 'Rules in the prompt' }).click()
    await page.getByRole('option', { name: rules, exact: true }).click()
    return page.getByRole('textbox', { name: /^They read/ }).inputValue()
  }
  const told = await choose('the true rules')
  expect(told.trim()).not.toBe('')
  expect(before).not.toContain(told.trim())
  await expect(prompt).toContainText(told.trim())
  expect(await choose('misleading')).not.toBe(told)
})
