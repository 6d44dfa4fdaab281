/** “Prove it” in the page as it is published, below a path of a server: stopped, then whole, with all that it loads from that path. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { parts, PATIENCE } from './page'

const BELOW = '/somewhere/deep/'
let server: Server
let address: string
const strays: string[] = []

test.beforeAll(async ({ baseURL }) => {
  server = createServer((request, response) => {
    const path = request.url ?? ''
    if (!path.startsWith(BELOW)) {
      strays.push(path)
      response.writeHead(404).end()
      return
    }
    void fetch(new URL(path.slice(BELOW.length), baseURL)).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/octet-stream' })
      response.end(Buffer.from(await answer.arrayBuffer()))
    }, () => response.writeHead(502).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${BELOW}`
})
test.afterAll(() => server.close())

test('the bundled model is proved on this device, and nothing is asked of another server', async ({ page }, info) => {
  test.setTimeout(5 * PATIENCE)
  const asked: string[] = []
  page.context().on('request', (request) => asked.push(request.url()))
  await page.goto(address)
  await expect(parts(page).play).toBeEnabled({ timeout: PATIENCE })
  await page.getByRole('button', { name: /^Model/ }).click()
  const panel = page.getByRole('dialog', { name: 'Choose a model' })
  await panel.getByRole('button', { name: /^Ledger/ }).click()
  await panel.getByRole('button', { name: 'Prove it' }).click()
  const proof = panel.getByRole('region', { name: 'Proof' })
  await expect(proof.getByRole('progressbar')).toHaveAttribute('aria-valuetext', /the model writes texts, \d+ %/, { timeout: PATIENCE })
  await page.screenshot({ path: info.outputPath('working.png') })
  await proof.getByRole('button', { name: 'Cancel' }).click()
  await expect(proof.getByRole('button', { name: 'Prove it' })).toBeVisible()
  await expect(proof.getByRole('alert')).toHaveCount(0)

  await proof.getByRole('button', { name: 'Prove it' }).click()
  await expect(proof.getByRole('status')).toHaveText(/^Proved: .*ONNX Runtime/, { timeout: 3 * PATIENCE })
  const row = (name: RegExp) => proof.getByRole('row', { name })
  await expect(row(/largest .*log-prob/)).toHaveText(/[\d.]+e−\d+1e−4$/)
  await expect(row(/greedy/)).toContainText('20 of 20')
  await expect(row(/gradients/)).toHaveText(/of 42 tensors[\d.]+e−\d+1e−3$/)
  await expect(row(/adapter off/)).toHaveText(/00$/)
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.screenshot({ path: info.outputPath(`verdict-${scheme}.png`) })
  }
  await page.setViewportSize({ width: 390, height: 800 })
  await proof.scrollIntoViewIfNeeded()
  expect(await panel.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0)
  await page.screenshot({ path: info.outputPath('verdict-narrow.png') })

  expect(asked.filter((url) => url.includes('ort-wasm')), 'ONNX Runtime is brought by the page itself').not.toEqual([])
  expect(asked.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(address)), 'requests elsewhere').toEqual([])
  expect(strays).toEqual([])
})
