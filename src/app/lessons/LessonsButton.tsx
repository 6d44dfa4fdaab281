/** The lists of lessons and guides, behind a word in the head of the page. */
import { Popover, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { lazy, Suspense, useState } from 'react'
import { useSelect, useStoreApi } from '../context'
import { GUIDES } from './guides'
import { useLessons } from './useLessons'
import { Languages } from '../words/Languages'
import { say } from '../words/say'

const GuideSheet = lazy(() => import('./GuideSheet').then((module) => ({ default: module.GuideSheet })))

export function LessonsButton() {
  const [opened, { toggle, close }] = useDisclosure(false)
  const [guide, setGuide] = useState<string>()
  const lessons = useLessons(opened)
  const store = useStoreApi()
  const now = useSelect((page) => page.view.lesson)
  const choose = (lesson: string): void => {
    store.setState(({ view }) => ({ view: { ...view, lesson } }))
    close()
    window.scrollTo({ top: 0 })
  }
  return (
    <>
      <Popover opened={opened} onChange={toggle} onDismiss={close} position="bottom-end" shadow="md" width={320} trapFocus returnFocus>
        <Popover.Target>
          <UnstyledButton className="lessons-button" aria-expanded={opened} onClick={toggle}>{say`lessons`}</UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown className="lessons-list">
          <ol aria-label={say`Lessons`}>
            {lessons?.map(({ id, number, title }) => (
              <li key={id}>
                <UnstyledButton className="lesson-entry" aria-current={id === now || undefined} onClick={() => { choose(id) }}>
                  <span className="lesson-number">{number}</span>{title}
                </UnstyledButton>
              </li>
            ))}
          </ol>
          <h3>{say`Guides`}</h3>
          <ul aria-label={say`Guides`}>
            {GUIDES.map(({ id, title }) => (
              <li key={id}><UnstyledButton className="lesson-entry" onClick={() => { setGuide(id); close() }}>{title}</UnstyledButton></li>
            ))}
          </ul>
          <h3>{say`Language`}</h3>
          <Languages />
        </Popover.Dropdown>
      </Popover>
      {guide !== undefined && <Suspense fallback={null}><GuideSheet id={guide} close={() => { setGuide(undefined) }} /></Suspense>}
    </>
  )
}
