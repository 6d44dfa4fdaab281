/** mantine.css names the styles of every Mantine component that the page uses: a missing line leaves one bare. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const FOLDER = import.meta.dirname
const STYLES = join(FOLDER, '../../node_modules/@mantine/core/styles')
/** What components are made of, besides their own. */
const PARTS: Record<string, string[]> = {
  Checkbox: ['InlineInput'],
  Modal: ['ModalBase', 'Overlay', 'CloseButton'],
  MultiSelect: ['PillsInput', 'Pill', 'Combobox', 'Input'],
  Select: ['Combobox', 'Input', 'ScrollArea'],
  Switch: ['InlineInput'],
  Textarea: ['Input'],
  TextInput: ['Input'],
  Menu: ['Popover'],
}

it('has a line for each', () => {
  const sources = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'))
  const used = new Set(
    sources.flatMap((name) => {
      const names = /import \{([^}]*)\} from '@mantine\/core'/.exec(readFileSync(join(FOLDER, name), 'utf8'))?.[1] ?? ''
      return names.split(',').map((one) => one.trim().replace(/^type /, '')).filter((one) => /^[A-Z]/.test(one))
    }),
  )
  expect(used.size).toBeGreaterThan(5)
  const wanted = [...used].flatMap((name) => [...(existsSync(join(STYLES, `${name}.css`)) ? [name] : []), ...(PARTS[name] ?? [])])
  const styles = readFileSync(join(FOLDER, 'mantine.css'), 'utf8')
  expect([...new Set(wanted)].filter((name) => !styles.includes(`styles/${name}.css`))).toEqual([])
})
