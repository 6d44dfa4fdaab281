/** Choosing a model: from the Hub (a local server that plays it), from disk, and what is stored. */
import { fileURLToPath } from 'node:url'
import { expect, test, type Locator, type Page } from '@playwright/test'
import { FakeHub, folderModel } from '../src/hub/hub.fixture'
import { parts, PATIENCE } from './page'

const ledger = folderModel(fileURLToPath(new URL('../public/models/ledger', import.meta.url)))
const quantised = { ...ledger.files, 'onnx/model_q4.onnx': new Uint8Array(2000) }
const renamed = Object.fromEntries(Object.entries(quantised).map(([path, bytes]) => [path.replace('model.onnx', 'decoder.onnx'), bytes]))
const fake = new FakeHub({
  'tiny/Ledger-ONNX': { files: quantised },
  'tiny/Gated-ONNX': { files: ledger.files, gated: true },
  'tiny/Only-other-names': { files: renamed },
})
const HUB = 'https://huggingface.co'

test.beforeAll(() => fake.begin())
test.afterAll(() => fake.end())
test.beforeEach(() => { fake.heal() })

/** The page's requests to the Hub go to the local one; its redirect to the CDN is followed here. */
async function playHub(page: Page): Promise<string[]> {
  const asked: string[] = []
  await page.context().route(`${HUB}/**`, async (route) => {
    asked.push(route.request().url())
    const response = await route.fetch({ url: route.request().url().replace(HUB, fake.address) })
    await route.fulfill({ response }).catch(() => undefined) // a download that was paused no longer listens
  })
  return asked
}

async function openPanel(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^Model/ }).click()
  return page.getByRole('dialog', { name: 'Choose a model' })
}

const chosen = (page: Page) => page.getByRole('button', { name: /^Model/ })

test('a model of the Hub is found, shown with its files and memory, downloaded, chosen, and deleted again', async ({ page }, info) => {
  test.setTimeout(2 * PATIENCE)
  const asked = await playHub(page)
  await page.goto('./')
  await expect(parts(page).play).toBeEnabled({ timeout: PATIENCE })
  const panel = await openPanel(page)
  await page.setViewportSize({ width: 390, height: 800 })
  const [dialog, last] = [await panel.boundingBox(), await panel.getByRole('tab', { name: 'Stored' }).boundingBox()]
  expect(last!.x + last!.width, 'the last tab is whole on a narrow screen').toBeLessThanOrEqual(dialog!.x + dialog!.width)
  await page.setViewportSize({ width: 1280, height: 900 })
  expect(asked, 'nothing leaves the page before somebody searches').toEqual([])

  await panel.getByRole('tab', { name: 'From the Hub' }).click()
  await panel.getByLabel(/Name of a model/).fill('ledger')
  const found = panel.getByRole('list', { name: 'Models found' }).getByRole('button')
  await expect(found).toHaveText([/tiny\/Ledger-ONNX/])
  await page.screenshot({ path: info.outputPath('search.png') })
  await found.focus()
  await page.keyboard.press('Enter')
  await expect(panel.getByRole('button', { name: /all models/ })).toBeFocused()

  const files = panel.getByRole('table')
  await expect(files.getByRole('row', { name: /onnx\/model_q4\.onnx/ })).toContainText('q4')
  await expect(files.getByRole('row', { name: /onnx\/model\.onnx/ })).toContainText('fp32')
  await expect(panel.getByRole('region', { name: 'Memory' })).toContainText(/Fits: .* of the .* that the adapter grants/)
  await page.screenshot({ path: info.outputPath('details-light.png') })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: info.outputPath('details-dark.png') })
  await page.setViewportSize({ width: 390, height: 800 })
  await page.screenshot({ path: info.outputPath('details-narrow.png') })
  const overflow = await panel.evaluate((element) => element.scrollWidth - element.clientWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })

  fake.trouble.slow = 500
  await panel.getByRole('button', { name: 'Download now' }).click()
  await expect(panel.getByRole('progressbar', { name: 'Download' })).toBeVisible()
  await panel.getByRole('button', { name: 'Pause' }).click()
  await expect(panel).toContainText(/paused, \d+ % of 695 kB/)
  await page.screenshot({ path: info.outputPath('paused.png') })
  fake.trouble.slow = 0
  await panel.getByRole('button', { name: 'Go on' }).click()
  await expect(panel).toContainText('It is stored in this browser.')
  await panel.getByRole('button', { name: 'Use this model' }).click()
  await expect(panel).toHaveCount(0)
  await expect(chosen(page)).toContainText('tiny/Ledger-ONNX')
  const at = asked.length
  await parts(page).oneStep.click()
  await expect(parts(page).state).not.toHaveText(/ready|opening|downloading|compiling/, { timeout: PATIENCE })
  await expect(page.getByRole('alert')).toHaveCount(0)
  expect(asked.slice(at).filter((url) => url.includes('.onnx')), 'what is stored is not fetched again').toEqual([])
  await parts(page).reset.click()

  await openPanel(page)
  await panel.getByRole('tab', { name: 'Stored' }).click()
  await expect(panel.getByRole('list', { name: 'Stored models' })).toContainText('tiny/Ledger-ONNX')
  await page.screenshot({ path: info.outputPath('stored.png') })
  await panel.getByRole('button', { name: 'Delete tiny/Ledger-ONNX' }).click()
  await panel.getByRole('button', { name: 'Really delete tiny/Ledger-ONNX' }).click()
  await expect(panel).toContainText('Nothing is stored.')
})

test('one of several files is chosen, or why not is said, and one goes back by the keyboard', async ({ page }) => {
  await playHub(page)
  await page.goto('./')
  const panel = await openPanel(page)
  await panel.getByRole('tab', { name: 'From the Hub' }).click()
  await panel.getByLabel(/Name of a model/).fill('tiny')
  const found = panel.getByRole('button', { name: /tiny\/Only-other-names/ })
  await found.click()
  const use = panel.getByRole('button', { name: 'Use this model' })
  // The smallest is taken where none has the usual name; this one is damaged.
  await expect(panel.getByRole('radio', { name: 'onnx/model_q4.onnx' })).toBeChecked()
  await expect(panel.getByRole('alert')).toContainText('onnx')
  await expect(use).toBeDisabled()
  await expect(panel.getByRole('button', { name: /all models/ })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(panel.getByRole('tab', { name: 'From the Hub' })).toBeFocused()
  await expect(panel.getByLabel(/Name of a model/)).toHaveValue('tiny')
  await found.click()
  await panel.getByRole('radio', { name: 'onnx/decoder.onnx' }).check()
  await expect(panel.getByRole('alert')).toHaveCount(0)
  await use.click()
  await expect(chosen(page)).toContainText('tiny/Only-other-names')
  await expect(chosen(page)).toContainText('decoder.onnx')
  await expect(parts(page).play).toBeEnabled({ timeout: PATIENCE })
  await parts(page).oneStep.click()
  await expect(parts(page).step).toHaveText('1', { timeout: PATIENCE })
  await expect.poll(() => page.evaluate(() => window.etude.reports().length)).toBe(1)
})

test('a gated model asks for a token, and opens with it', async ({ page }, info) => {
  await playHub(page)
  await page.goto('./')
  const panel = await openPanel(page)
  await panel.getByRole('tab', { name: 'From the Hub' }).click()
  await panel.getByLabel(/Name of a model/).fill('gated')
  await panel.getByRole('button', { name: /tiny\/Gated-ONNX/ }).click()
  await expect(panel.getByRole('alert')).toContainText('token')
  await page.screenshot({ path: info.outputPath('token.png') })
  const use = panel.getByRole('button', { name: 'Use this model' })
  await expect(use).toBeDisabled()
  await panel.getByLabel(/Access token/).fill('hf_right')
  await panel.getByRole('button', { name: 'Use it' }).click()
  await expect(use).toBeEnabled()
  await use.click()
  await expect(chosen(page)).toContainText('tiny/Gated-ONNX')
})

test('without a connection the search says so, and the bundled model is as before', async ({ page }) => {
  await page.context().route(`${HUB}/**`, (route) => route.abort('internetdisconnected'))
  await page.goto('./')
  const panel = await openPanel(page)
  await panel.getByRole('tab', { name: 'From the Hub' }).click()
  await panel.getByLabel(/Name of a model/).fill('qwen')
  await expect(panel.getByRole('alert')).toContainText('check the connection')
  await page.keyboard.press('Escape')
  await expect(panel).toHaveCount(0)
  await expect(chosen(page)).toBeFocused()
  await expect(chosen(page)).toContainText('Ledger')
})

test('a download that Play began is paused, and goes on', async ({ page }, info) => {
  test.setTimeout(3 * PATIENCE)
  await playHub(page)
  fake.trouble.slow = 500
  await page.goto(`./#spec=${Buffer.from(JSON.stringify({ model: 'ledger', steps: 1, evaluation: { problems: 0 } })).toString('base64url')}`)
  await page.evaluate(async () => { await window.etude.ready })
  const panel = await openPanel(page)
  await panel.getByRole('tab', { name: 'From the Hub' }).click()
  await panel.getByLabel(/Name of a model/).fill('tiny/Ledger-ONNX')
  await panel.getByRole('button', { name: /tiny\/Ledger-ONNX/ }).click()
  await panel.getByRole('radio', { name: 'onnx/model.onnx' }).check()
  await panel.getByRole('button', { name: 'Use this model' }).click()
  await parts(page).play.click()
  await expect(parts(page).state).toHaveText(/^downloading \d+ %/, { timeout: PATIENCE })
  await parts(page).pause.click()
  await expect(parts(page).state).toHaveText(/^download paused \d+ %/, { timeout: PATIENCE })
  await page.screenshot({ path: info.outputPath('paused-play.png') })
  const asked = fake.asked.filter(({ host }) => host === 'cdn').length
  await page.waitForTimeout(1500)
  expect(fake.asked.filter(({ host }) => host === 'cdn').length, 'nothing comes while it is paused').toBe(asked)
  fake.trouble.slow = 0
  await parts(page).goOn.click()
  await expect(parts(page).step).toHaveText('1', { timeout: PATIENCE })
})

test('a folder that is dropped is opened as one that was chosen', async ({ page }) => {
  await page.goto('./')
  const panel = await openPanel(page)
  await panel.getByRole('tab', { name: 'From disk' }).click()
  const files = Object.entries(ledger.files).map(([path, bytes]) => ({ path, base64: Buffer.from(bytes).toString('base64') }))
  // A script cannot make the entries of a real folder; these stand for them, behind the same interface.
  await panel.locator('.drop').evaluate((zone, given) => {
    const file = ({ path, base64 }: (typeof given)[number]) =>
      new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], path.split('/').at(-1)!)
    const entry = (name: string, below: typeof given): unknown => {
      const here = below.find(({ path }) => path === '')
      if (here) return { name, isFile: true, file: (done: (file: File) => void) => { done(file({ ...here, path: name })) } }
      const names = [...new Set(below.map(({ path }) => path.split('/')[0]!))]
      const cut = (first: string) =>
        below.filter(({ path }) => path === first || path.startsWith(`${first}/`)).map((each) => ({ ...each, path: each.path.slice(first.length + 1) }))
      const batches = [names.map((first) => entry(first, cut(first))), []]
      return { name, isFile: false, createReader: () => ({ readEntries: (done: (some: unknown[]) => void) => { done(batches.shift() ?? []) } }) }
    }
    const items = [{ webkitGetAsEntry: () => entry('dropped-ledger', given), getAsFile: () => null }]
    const event = new Event('drop', { bubbles: true, cancelable: true })
    Object.defineProperty(event, 'dataTransfer', { value: { items } })
    zone.dispatchEvent(event)
  }, files)
  await expect(panel.getByRole('heading', { name: 'dropped-ledger' })).toBeVisible()
  await panel.getByRole('button', { name: 'Use this model' }).click()
  await expect(chosen(page)).toContainText('from your disk')
  await expect(parts(page).play).toBeEnabled({ timeout: PATIENCE })
  await parts(page).oneStep.click()
  await expect(parts(page).step).toHaveText('1', { timeout: PATIENCE })
})

test('a folder from disk is opened where it lies', async ({ page }, info) => {
  await page.goto('./')
  const panel = await openPanel(page)
  await panel.getByRole('tab', { name: 'From disk' }).click()
  await page.screenshot({ path: info.outputPath('disk.png') })
  const choosing = page.waitForEvent('filechooser')
  await panel.getByRole('button', { name: 'Choose a folder' }).click()
  await (await choosing).setFiles(fileURLToPath(new URL('../public/models/ledger', import.meta.url)))
  await expect(panel.getByRole('heading', { name: 'ledger' })).toBeVisible()
  await panel.getByRole('button', { name: 'Use this model' }).click()
  await expect(chosen(page)).toContainText('from your disk')
  await expect(parts(page).play).toBeEnabled({ timeout: PATIENCE })
  await parts(page).oneStep.click()
  await expect(parts(page).step).toHaveText('1', { timeout: PATIENCE })
})
