/** The list of lessons, behind a word in the head of the page. */
import { Popover, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useSelect, useStoreApi } from '../context'
import { useLessons } from './useLessons'

export function LessonsButton() {
  const [opened, { toggle, close }] = useDisclosure(false)
  const lessons = useLessons(opened)
  const store = useStoreApi()
  const now = useSelect((page) => page.view.lesson)
  const choose = (lesson: string): void => {
    store.setState(({ view }) => ({ view: { ...view, lesson } }))
    close()
    window.scrollTo({ top: 0 })
  }
  return (
    <Popover opened={opened} onChange={toggle} onDismiss={close} position="bottom-end" shadow="md" width={320} trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className="lessons-button" aria-expanded={opened} onClick={toggle}>lessons</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className="lessons-list">
        <ol aria-label="Lessons">
          {lessons?.map(({ id, number, title }) => (
            <li key={id}>
              <UnstyledButton className="lesson-entry" aria-current={id === now || undefined} onClick={() => { choose(id) }}>
                <span className="lesson-number">{number}</span>{title}
              </UnstyledButton>
            </li>
          ))}
        </ol>
      </Popover.Dropdown>
    </Popover>
  )
}
