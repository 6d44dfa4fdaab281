/**
 * What a teacher's link makes of the page: `?lesson=05-silent-groups` opens a lesson, `&hide=settings,drawers` leaves parts out, `&lock`
 * shows the settings without letting anybody change them. Unknown parts are ignored, as the link may come from a later version.
 */

export const PARTS = ['settings', 'curves', 'group', 'drawers'] as const
export type Part = (typeof PARTS)[number]

export interface View {
  /** The lesson's id. */
  lesson?: string | undefined
  hidden: readonly Part[]
  locked: boolean
}

export const WHOLE: View = { hidden: [], locked: false }

export function readView(href: string): View {
  const { searchParams } = new URL(href)
  const wanted = (searchParams.get('hide') ?? '').split(',')
  return {
    lesson: searchParams.get('lesson') ?? undefined,
    hidden: PARTS.filter((part) => wanted.includes(part)),
    locked: searchParams.has('lock'),
  }
}

/** The address of this page with that view; the spec in its fragment stays away, as the lesson brings its own. */
export function linkToView({ lesson, hidden, locked }: View, href: string): string {
  const url = new URL(href)
  url.search = ''
  url.hash = ''
  if (lesson !== undefined) url.searchParams.set('lesson', lesson)
  if (hidden.length > 0) url.searchParams.set('hide', hidden.join(','))
  if (locked) url.searchParams.set('lock', '')
  return url.href.replace(/%2C/g, ',').replace(/([?&]lock)=(?=&|$)/, '$1')
}
