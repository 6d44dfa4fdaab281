/**
 * Which language the page speaks: the address's (`?lang=de`), else the one that was chosen here, else the first of the browser's that
 * there is a table for, else English. A table is a file beside this one, and is fetched when its language is wanted.
 */
import { say, speak, type Table } from './say'

const TABLES = import.meta.glob<Table>('./*.json', { import: 'default' })
const KEPT = 'etude-language'
/** Written from right to left. */
const FROM_RIGHT = ['ar', 'fa', 'he', 'ur', 'yi']

/** Codes of all that the page can speak. */
export const LANGUAGES: readonly string[] = ['en', ...Object.keys(TABLES).map((path) => path.slice('./'.length, -'.json'.length)).sort()]

/** “Deutsch”: as the language calls itself. */
export function nameOf(code: string): string {
  const name = new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1)
}

/** The first of the wishes, such as “de-AT”, that there is a language for. */
export function firstOf(wishes: readonly (string | null | undefined)[]): string {
  const codes = wishes.map((wish) => wish?.toLowerCase().split('-')[0])
  return codes.find((code) => code !== undefined && LANGUAGES.includes(code)) ?? 'en'
}

/** What a visitor of this address should be spoken to in. */
export function wantedLanguage(href: string): string {
  return firstOf([new URL(href).searchParams.get('lang'), kept(), ...navigator.languages])
}

/** The page speaks it once its table has come. Rejects with a sentence when it does not come: then the page speaks as it did. */
export async function loadLanguage(code: string): Promise<void> {
  speak(code, code === 'en' ? {} : await tableOf(code))
  document.documentElement.lang = code
  document.documentElement.dir = FROM_RIGHT.includes(code) ? 'rtl' : 'ltr'
}

/** The same by somebody's choice: it is remembered, and the address no longer says another. */
export async function chooseLanguage(code: string): Promise<void> {
  await loadLanguage(code)
  try {
    localStorage.setItem(KEPT, code)
  } catch {
    // no storage here: the choice holds until the page is left
  }
  const url = new URL(window.location.href)
  if (!url.searchParams.has('lang')) return
  url.searchParams.delete('lang')
  window.history.replaceState(null, '', url)
}

async function tableOf(code: string): Promise<Table> {
  try {
    return await TABLES[`./${code}.json`]!()
  } catch {
    throw new Error(say`the texts in ${nameOf(code)} did not come, so the page goes on as it was; reload it to try again.`)
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}
