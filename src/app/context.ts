/** The store, the player and the host of this page, handed down to every component. */
import { createContext, useContext } from 'react'
import type { Host } from '../policy/host'
import type { Player } from './player'
import type { Elsewhere } from './elsewhere/elsewhere'
import type { Shelf } from './runs/shelf'
import type { Draft } from './draft'
import { usePage, type PageState, type PageStore } from './store'

export interface Page {
  store: PageStore
  player: Player
  host: Host
  shelf: Shelf
  elsewhere: Elsewhere
}

export const PageContext = createContext<Page | undefined>(undefined)

function usePageContext(): Page {
  const page = useContext(PageContext)
  if (!page) throw new Error('This component stands outside of the page: render it within createApp.')
  return page
}

export function usePlayer(): Player {
  return usePageContext().player
}

export function useHost(): Host {
  return usePageContext().host
}

export function useShelf(): Shelf {
  return usePageContext().shelf
}

export function useElsewhere(): Elsewhere {
  return usePageContext().elsewhere
}

export function useStoreApi(): PageStore {
  return usePageContext().store
}

/** The narrowest value that a component needs; it renders again when that value changes. */
export function useSelect<T>(select: (state: PageState) => T): T {
  return usePage(usePageContext().store, select)
}

/** The settings of the run on the page, or, before there is one, the form's; for reading with `read`. */
export function useSettings(): Draft {
  return useSelect((page) => (page.spec as unknown as Draft | undefined) ?? page.draft)
}
