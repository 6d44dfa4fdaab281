// What the built page is as a web page: its security policy, its size, its silence towards other hosts, and its work without a network.
import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { PATIENCE } from './page'

/** Compressed, without KaTeX, the editor and ONNX Runtime, which come when they are needed. */
const FIRST_LOAD = 400_000

test('the first load is small, and asks no other host for anything', async ({ page, baseURL }) => {
  const sizes = new Map<string, number>()
  const foreign: string[] = []
  page.on('response', async (response) => {
    const url = new URL(response.url())
    if (url.protocol === 'blob:' || url.protocol === 'data:') return
    if (url.origin !== new URL(baseURL!).origin) foreign.push(response.url())
    sizes.set(url.pathname, gzipSync(await response.body().catch(() => Buffer.alloc(0))).length)
  })
  const start = performance.now()
  await page.goto('./')
  await expect(page.getByRole('heading', { name: 'étude' })).toBeVisible()
  const shown = performance.now() - start
  await expect(page.getByTestId('device')).toBeVisible({ timeout: PATIENCE })
  await page.waitForLoadState('networkidle')
  const total = [...sizes.values()].reduce((a, b) => a + b, 0)
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime)
  console.log(`first load: ${(total / 1000).toFixed(0)} kB compressed in ${sizes.size} files; first paint ${paint?.toFixed(0)} ms, heading ${shown.toFixed(0)} ms`)
  expect(foreign).toEqual([])
  expect(total).toBeLessThan(FIRST_LOAD)
})

test('the policy forbids foreign scripts and eval, and the page keeps to it', async ({ page }) => {
  const violations: string[] = []
  page.on('console', (message) => { if (message.text().includes('Content Security Policy')) violations.push(message.text()) })
  await page.goto('./')
  await expect(page.getByTestId('device')).toBeVisible({ timeout: PATIENCE })
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')
  expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval' 'sha256-[^']+';/)
  expect(policy).toContain("object-src 'none'")
  expect(policy).toContain("base-uri 'none'")
  expect(violations).toEqual([])
  // What a script that got into the page would try: inline code, and code from another host.
  const refused = await page.evaluate(async () => {
    const blocked: string[] = []
    document.addEventListener('securitypolicyviolation', ({ blockedURI }) => blocked.push(blockedURI))
    for (const fill of [(s: HTMLScriptElement) => { s.textContent = 'window.intruder = 1' }, (s: HTMLScriptElement) => { s.src = 'https://example.invalid/x.js' }]) {
      const script = document.createElement('script')
      fill(script)
      document.head.append(script)
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    return { blocked, intruder: 'intruder' in window }
  })
  expect(refused).toEqual({ blocked: ['inline', 'https://example.invalid/x.js'], intruder: false })
})

test.describe('offline', () => {
  test.use({ serviceWorkers: 'allow' })

  test('after the first visit the page works without a network', async ({ page, context }) => {
    await page.goto('./')
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await context.setOffline(true)
    await page.reload()
    await expect(page.getByTestId('device')).toBeVisible({ timeout: PATIENCE })
    const step = page.getByTestId('step')
    await page.getByRole('button', { name: 'One step' }).click()
    await expect(step).toHaveText('1', { timeout: PATIENCE })
  })
})
