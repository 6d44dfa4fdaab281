import { expect, it } from 'vitest'
import { linkToView, readView, WHOLE, type View } from './view'

const HERE = 'https://example.org/etude/?run#spec=abc'

it('reads back what it wrote', () => {
  const views: View[] = [
    { lesson: undefined, ...WHOLE },
    { lesson: '05-silent-groups', hidden: ['settings', 'drawers'], locked: false },
    { lesson: '01-x', hidden: [], locked: true },
    { lesson: undefined, hidden: ['group'], locked: true },
  ]
  for (const view of views) expect(readView(linkToView(view, HERE))).toEqual(view)
})

it('writes an address that a person can read', () => {
  expect(linkToView({ lesson: '05-silent-groups', hidden: ['settings', 'group'], locked: true }, HERE)).toBe(
    'https://example.org/etude/?lesson=05-silent-groups&hide=settings,group&lock',
  )
})

it('ignores parts that it does not know', () => {
  expect(readView('https://example.org/?hide=piano,curves').hidden).toEqual(['curves'])
})
