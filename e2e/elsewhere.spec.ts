/** A run begins in the tab, goes on on a server of ours, comes home, and ends as the unbroken run does. */
import { spawn, type ChildProcess } from 'node:child_process'
import { expect, test, type Page } from '@playwright/test'
import { PATIENCE } from './page'

const SPEC = {
  steps: 6, evaluation: { problems: 4, every: 3 }, seed: 3,
  algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22, learning_rate: 1e-3 },
}

let server: ChildProcess | undefined
test.afterEach(() => { server?.kill() })

/** Starts `etude serve`, which lets this page in; its address with the token. */
async function serve(origin: string): Promise<string> {
  const child = spawn(process.execPath, ['bin/etude.mjs', 'serve', '--port', '0', '--allow-origin', origin], { stdio: ['ignore', 'pipe', 'pipe'] })
  server = child
  let said = ''
  return new Promise((found, lost) => {
    const read = (chunk: Buffer): void => {
      said += chunk.toString()
      const address = /http:\/\/localhost:\d+\/#token=\S+/.exec(said)?.[0]
      if (address) found(address)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => { lost(new Error(`the server ended with ${code}: ${said}`)) })
  })
}

const stepOf = (page: Page, step: number) => expect(page.getByTestId('step')).toHaveText(String(step), { timeout: PATIENCE })

test('a run moves to a server and comes home, and is the unbroken run', async ({ page, browser, baseURL }, info) => {
  test.setTimeout(4 * PATIENCE)
  const address = await serve(new URL(baseURL!).origin)
  await page.goto('./')
  await page.evaluate(async () => { await window.etude.ready })
  await page.evaluate(async (spec) => {
    await window.etude.start(spec)
    while (window.etude.reports().length < 2) await new Promise((wake) => setTimeout(wake, 20))
    await window.etude.pause()
  }, SPEC)
  const made = Number(await page.getByTestId('step').textContent())
  await page.getByTestId('device').click()
  await page.getByRole('textbox', { name: 'Address of a server' }).fill(address)
  await page.getByRole('button', { name: 'Ask it' }).click()
  await page.getByRole('button', { name: 'move this run there' }).first().click({ timeout: PATIENCE })
  await expect(page.getByTestId('device')).toContainText('a server at localhost', { timeout: PATIENCE })
  await info.attach('elsewhere', { body: await page.screenshot(), contentType: 'image/png' })
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'One step' }).click()
  await stepOf(page, made + 1)
  await page.getByRole('button', { name: 'One step' }).click()
  await stepOf(page, made + 2)
  await page.getByTestId('device').click()
  await page.getByRole('button', { name: 'bring it home' }).click()
  await expect(page.getByTestId('device')).not.toContainText('a server', { timeout: PATIENCE })
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect(page.locator('.state')).toHaveText('done', { timeout: PATIENCE })
  const kept = (on: Page) => on.evaluate(async () => {
    const [run] = await window.etude.runs()
    const { reports } = await window.etude.read(run!.id)
    return reports.map(({ step, metrics }) => ({ step, reward: metrics.reward, loss: metrics.loss, grad_norm: metrics.grad_norm }))
  })
  const moved = await kept(page)
  const other = await (await browser.newContext({ baseURL: baseURL! })).newPage()
  await other.goto('./')
  await other.evaluate(async (spec) => {
    await window.etude.ready
    await window.etude.start(spec)
    await window.etude.done()
  }, SPEC)
  await expect(other.locator('.state')).toHaveText('done')
  const whole = await kept(other)
  expect(moved.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
  moved.forEach((row, i) => {
    for (const name of ['reward', 'loss', 'grad_norm'] as const) expect(Math.abs(row[name]! - whole[i]![name]!), `${name} at step ${row.step}`).toBeLessThan(1e-4)
  })
})
