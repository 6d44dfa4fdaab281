/** Puts the page together over a host: store, player, `window.etude`, React. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import type { Host } from '../policy/host'
import { readAddress, type Address } from './address'
import { createApi } from './api'
import { App } from './App'
import { defaultDraft, toDraft } from './draft'
import { createElsewhere } from './elsewhere/elsewhere'
import { createPlaces } from './elsewhere/places'
import { rememberServer, tokenIn } from './elsewhere/remember'
import { createGate } from './gate'
import { readView } from './lessons/view'
import { createPlayer } from './player'
import { openLibrary } from '../runs/library/open'
import { createShelf } from './runs/shelf'
import { createPageStore } from './store'
import { say } from './words/say'
import { loadLanguage, wantedLanguage } from './words/languages'

export function createApp(tab: Host, root: HTMLElement): void {
  const store = createPageStore(defaultDraft())
  store.setState({ view: readView(window.location.href) })
  const gate = createGate(store)
  const library = openLibrary()
  const places = createPlaces(tab, async (server, patience) => (await import('../policy/tinker/host')).tinkerHost({ ...server, patience }))
  const { host } = places
  const player = createPlayer(host, store, gate.tools, library)
  const given = tokenIn(window.location.href)
  if (given) {
    rememberServer(given.server) // the page came from a server that computes
    window.history.replaceState(null, '', given.rest)
  }
  const elsewhere = createElsewhere(places, store, player)
  const shelf = createShelf(library, store, player)
  const takeAddress = (): Address => {
    const address = readAddress(window.location.href)
    if (address.spec) store.setState({ draft: toDraft(address.spec) })
    store.setState({ complaint: address.complaint })
    return address
  }
  const address = takeAddress()
  void shelf.refresh()
  // A tab that is hidden may be the last that this page is; another tab may have changed the list.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') player.keep()
    else void shelf.refresh()
  })
  // A shared link that is opened in this very tab changes the fragment only; a run that is on keeps its settings.
  window.addEventListener('hashchange', () => { if (!player.run) takeAddress() })

  const ready = elsewhere.settle(new URL(window.location.href).searchParams.get('place') === 'auto')
  ready.then(() => {
    const { device, library: view } = store.getState()
    if (device.state !== 'ready' || address.tier === undefined || address.tier === device.profile.tier) return
    const notice = say`The figures of this link were made by the kernels “${address.tier}”, and here the kernels “${device.profile.tier}” compute: they agree to rounding, not to the bit.`
    store.setState({ library: { ...view, notice } })
  }, () => undefined)
  ready.then(() => (address.run && !address.complaint ? player.play() : undefined)).catch(() => undefined) // the page shows what is absent
  window.etude = createApi(player, store, ready, gate.allow, library, elsewhere)

  const reactRoot = createRoot(root)
  const draw = (): void => {
    reactRoot.render(
      <StrictMode>
        <App page={{ store, player, host, shelf, elsewhere }} />
      </StrictMode>,
    )
  }
  const wanted = wantedLanguage(window.location.href)
  if (wanted === 'en') draw()
  else void shelf.attempt(() => loadLanguage(wanted)).then(draw)
}
