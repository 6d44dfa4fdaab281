/** The page: the head, then what the run is, how it goes, what the model writes, and drawers. */
import './mantine.css'
import './page.css'
import './drawers.css'
import './models/models.css'
import { MantineProvider } from '@mantine/core'
import { Fragment, lazy, Suspense, useSyncExternalStore } from 'react'
import { Curves } from './curves/Curves'
import { Drawers } from './Drawers'
import { Group } from './group/Group'
import { Header } from './head/Header'
import { LessonCard } from './lessons/LessonCard'
import { LibraryBar } from './runs/LibraryBar'
import { Manners } from './manners/Manners'
import { Settings } from './settings/Settings'
import { PageContext, useSelect, type Page } from './context'
import { resolveVariables, theme } from './theme'
import { Trouble } from './Trouble'
import { language, onLanguage } from './words/say'

const Leave = lazy(() => import('./Leave').then((module) => ({ default: module.Leave })))

/** Another language mounts all of it anew; what runs lives in the store. */
export function App({ page }: { page: Page }) {
  const spoken = useSyncExternalStore(onLanguage, language)
  return (
    <PageContext.Provider value={page}>
      <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} defaultColorScheme="auto">
        <Fragment key={spoken}>
          <Header />
          <main>
            <LibraryBar />
            <Manners />
            <Trouble />
            <Asked />
            <LessonCard />
            <div className="columns">
              <Columns />
            </div>
          </main>
        </Fragment>
      </MantineProvider>
    </PageContext.Provider>
  )
}

/** The question before something leaves the page, once there is one. */
function Asked() {
  const asked = useSelect((page) => page.questions.length > 0)
  return asked && <Suspense fallback={null}><Leave /></Suspense>
}

/** Those that a teacher's link does not leave out. */
function Columns() {
  const hidden = useSelect((page) => page.view.hidden)
  return (
    <>
      {!hidden.includes('settings') && <Settings />}
      {!hidden.includes('curves') && <Curves />}
      {!hidden.includes('group') && <Group />}
      {!hidden.includes('drawers') && <Drawers />}
    </>
  )
}
