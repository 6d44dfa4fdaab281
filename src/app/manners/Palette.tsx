/** Commands and lessons by name. */
import '@mantine/spotlight/styles.css'
import { createSpotlight, Spotlight, type SpotlightActionData } from '@mantine/spotlight'
import { useEffect } from 'react'
import { useStoreApi } from '../context'
import { useLessons } from '../lessons/useLessons'
import type { Command } from './commands'
import { say } from '../words/say'

const [paletteStore, palette] = createSpotlight()

export function Palette({ commands, close }: { commands: () => Command[]; close: () => void }) {
  const store = useStoreApi()
  const lessons = useLessons(true)
  useEffect(() => { palette.open() }, [])
  const actions: SpotlightActionData[] = [
    ...commands().filter(({ can }) => can).map(({ name, what, run }) => ({ id: name, label: name, description: what, onClick: run })),
    ...(lessons ?? []).map(({ id, number, title }) => ({
      id, label: say`Lesson ${number}: ${title}`, onClick: () => { store.setState(({ view }) => ({ view: { ...view, lesson: id } })) },
    })),
  ]
  return (
    <Spotlight store={paletteStore} actions={actions} shortcut={null} limit={12} nothingFound={say`Nothing of that name`}
      onSpotlightClose={close}
      searchProps={{ placeholder: say`What would you like to do?`, 'aria-label': say`Search commands and lessons` }} />
  )
}
