import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { chooseLanguage, loadLanguage, wantedLanguage } from './languages'
import { language, say, speak } from './say'

const HERE = 'https://example.org/etude/'
const refuse = (): never => { throw new Error('no storage here') }

function browser({ languages = ['en'], store = new Map<string, string>(), refused = false, href = HERE } = {}) {
  const root = { lang: 'en', dir: '' }
  const shown = { href }
  vi.stubGlobal('navigator', { languages })
  vi.stubGlobal('document', { documentElement: root })
  vi.stubGlobal('localStorage', refused ? { getItem: refuse, setItem: refuse }
    : { getItem: (key: string) => store.get(key) ?? null, setItem: (key: string, value: string) => { store.set(key, value) } })
  vi.stubGlobal('window', { location: { href }, history: { replaceState: (_state: null, _title: string, url: URL) => { shown.href = url.href } } })
  return { root, shown }
}

beforeEach(() => { browser() })
afterEach(() => {
  vi.unstubAllGlobals()
  speak('en', {})
})

it('is the address’s, else the one that was chosen, else the browser’s', async () => {
  const store = new Map<string, string>()
  browser({ languages: ['tlh', 'de-CH'], store })
  expect([wantedLanguage(HERE), wantedLanguage(`${HERE}?lang=en`), wantedLanguage(`${HERE}?lang=tlh`)]).toEqual(['de', 'en', 'de'])
  await chooseLanguage('en')
  expect([wantedLanguage(HERE), wantedLanguage(`${HERE}?lang=de`)]).toEqual(['en', 'de'])
})

it('is told to the browser, and taken out of the address when another is chosen', async () => {
  const { root, shown } = browser({ href: `${HERE}?lang=en&present#spec=abc` })
  await chooseLanguage('de')
  expect([language(), say`Play`, root]).toEqual(['de', 'Start', { lang: 'de', dir: 'ltr' }])
  expect(shown.href).toBe(`${HERE}?present=#spec=abc`)
})

it('is chosen for this visit where nothing can be remembered', async () => {
  browser({ refused: true, languages: [] })
  await chooseLanguage('de')
  expect([language(), wantedLanguage(HERE)]).toEqual(['de', 'en'])
})

it('stays as it was where the texts do not come', async () => {
  await expect(loadLanguage('tlh')).rejects.toThrow(/the texts in .* did not come/)
  expect([language(), say`Play`]).toEqual(['en', 'Play'])
})
