/** A grader that asks a server: nothing leaves the page before somebody agreed, the key goes to that server alone, and a no stops the run. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { openQuick, parts, PATIENCE } from './page'

const asked: { authorization: string | undefined; body: string }[] = []
let server: Server
let endpoint: string

test.beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-headers', '*')
    if (request.method === 'OPTIONS') return void response.end()
    let body = ''
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body })
      const content = JSON.stringify({ steps: [], result: 0.25 })
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ choices: [{ message: { content } }] }))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
test.afterAll(() => { server.close() })
test.beforeEach(() => { asked.length = 0 })

const spec = () => {
  const input = [{ role: 'user', content: 'Is {{ sample.output_text }} the answer {{ item.answer }}?' }]
  const grader = { type: 'score_model', name: 'judge', model: 'some-model', input }
  return {
    steps: 1, evaluation: { problems: 0 }, graders: [{ name: 'openai', weight: 1, endpoint, grader }],
    algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 },
  }
}

test('a server is asked after somebody agreed, with its key', async ({ page }) => {
  test.setTimeout(2 * PATIENCE)
  await openQuick(page, spec())
  await parts(page).play.click()
  const dialog = page.getByRole('dialog', { name: `Send completions to ${new URL(endpoint).host}?` })
  await expect(dialog).toBeVisible({ timeout: PATIENCE })
  expect(asked).toEqual([])
  await dialog.getByLabel('Its key').fill('a secret')
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect(parts(page).step).toHaveText(/1/, { timeout: PATIENCE })
  const rewards = await page.evaluate(async () => {
    await window.etude.done()
    return window.etude.reports().map(({ metrics }) => metrics.reward)
  })
  expect(rewards).toEqual([0.25])
  expect(asked).toHaveLength(8)
  expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer a secret']))
  expect(await page.evaluate(() => JSON.stringify([window.etude.spec(), localStorage, location.href]))).not.toContain('a secret')
})

test('a no stops the run with a sentence, and nothing was sent', async ({ page }) => {
  test.setTimeout(2 * PATIENCE)
  await openQuick(page, spec())
  await parts(page).play.click()
  await page.getByRole('button', { name: 'Do not send, and stop the run' }).click({ timeout: PATIENCE })
  await expect(page.getByRole('alert').filter({ hasText: 'which nobody has allowed' })).toBeVisible()
  expect(asked).toEqual([])
})
