import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { GUIDES } from './guides'

const folder = join(import.meta.dirname, '../../../docs/guides')

it('lists every guide by the title that it has', () => {
  const files = readdirSync(folder).sort()
  expect(GUIDES.map(({ id }) => `${id}.md`).sort()).toEqual(files)
  for (const { id, title } of GUIDES) expect(readFileSync(join(folder, `${id}.md`), 'utf8')).toMatch(new RegExp(`^# ${title}\n`))
})
