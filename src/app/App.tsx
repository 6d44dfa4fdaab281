/** The page: the head, then what the run is, how it goes, and what the model writes. */
import './mantine.css'
import './page.css'
import { MantineProvider } from '@mantine/core'
import { Curves } from './Curves'
import { Group } from './Group'
import { Header } from './Header'
import { Settings } from './Settings'
import { PageContext, type Page } from './context'
import { resolveVariables, theme } from './theme'
import { Trouble } from './Trouble'

export function App({ page }: { page: Page }) {
  return (
    <PageContext.Provider value={page}>
      <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} defaultColorScheme="auto">
        <Header />
        <main>
          <Trouble />
          <div className="columns">
            <Settings />
            <Curves />
            <Group />
          </div>
        </main>
      </MantineProvider>
    </PageContext.Provider>
  )
}
