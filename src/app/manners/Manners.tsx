/** What a guest expects of a page without asking: keys, a list of them, a palette, a presentation, a screen that stays awake, a word on a hidden tab. */
import './manners.css'
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { lazy, Suspense, useState } from 'react'
import { usePlayer, useSelect, useShelf, useStoreApi } from '../context'
import { Aloud } from './Aloud'
import { commandsOf } from './commands'
import { HiddenTab } from './HiddenTab'
import { usePresentation } from './present'
import { useWakeLock } from './wake'
import { languageCommand } from '../words/command'

const HelpSheet = lazy(() => import('./HelpSheet').then((module) => ({ default: module.HelpSheet })))
const Palette = lazy(() => import('./Palette').then((module) => ({ default: module.Palette })))

/** Where a key belongs to what is focused. */
const TYPING = ['INPUT', 'TEXTAREA', 'SELECT']

export function Manners() {
  const player = usePlayer()
  const store = useStoreApi()
  const shelf = useShelf()
  const [helped, help] = useDisclosure(false)
  const [palette, setPalette] = useState(false)
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const present = usePresentation()
  useWakeLock(useSelect((page) => page.state === 'running'))
  const commands = () => [
    ...commandsOf({ player, store, help: help.toggle, present, scheme: () => { setColorScheme(scheme === 'dark' ? 'light' : 'dark') } }),
    languageCommand(shelf),
  ]
  const press = (key: string) => (): void => {
    const command = commands().find((one) => one.key === key)
    if (command?.can) command.run()
  }
  // A focused button has its own use for the space bar; sliders and tabs for the arrows.
  useHotkeys([['space', press('space')]], [...TYPING, 'BUTTON', 'A'])
  useHotkeys([
    ['s', press('s')], ['r', press('r')], ['p', press('p')], ['d', press('d')], ['l', press('l')], ['shift+?', press('?')],
    ['mod+K', () => { setPalette(true) }],
  ], TYPING)
  useHotkeys([['ArrowLeft', press('ArrowLeft')], ['ArrowRight', press('ArrowRight')]], [...TYPING, 'BUTTON'])
  return (
    <>
      <HiddenTab />
      <Aloud />
      {helped && <Suspense fallback={null}><HelpSheet close={help.close} commands={commands()} /></Suspense>}
      {palette && <Suspense fallback={null}><Palette commands={commands} close={() => { setPalette(false) }} /></Suspense>}
    </>
  )
}
