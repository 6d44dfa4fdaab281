/** The languages that the page speaks, each by its own name. */
import { UnstyledButton } from '@mantine/core'
import { useShelf } from '../context'
import { chooseLanguage, LANGUAGES, nameOf } from './languages'
import { language, say } from './say'

export function Languages() {
  const shelf = useShelf()
  return (
    <ul aria-label={say`Language`}>
      {LANGUAGES.map((code) => (
        <li key={code} lang={code}>
          <UnstyledButton className="lesson-entry" aria-current={code === language() || undefined}
            onClick={() => void shelf.attempt(() => chooseLanguage(code))}>{nameOf(code)}</UnstyledButton>
        </li>
      ))}
    </ul>
  )
}
