/** The next language, by key and by name. */
import type { Command } from '../manners/commands'
import type { Shelf } from '../runs/shelf'
import { chooseLanguage, LANGUAGES, nameOf } from './languages'
import { language, say } from './say'

export function languageCommand({ attempt }: Pick<Shelf, 'attempt'>): Command {
  const next = LANGUAGES[(LANGUAGES.indexOf(language()) + 1) % LANGUAGES.length]!
  return { name: say`Language`, what: nameOf(next), key: 'l', can: true, run: () => void attempt(() => chooseLanguage(next)) }
}
