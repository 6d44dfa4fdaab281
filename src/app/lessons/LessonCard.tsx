/** The open lesson, above the columns: three sentences, its runs to play, what to watch, a question; and whether it did happen. */
import './lessons.css'
import { ActionIcon, Button, UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { Lesson } from '../../runs/lessons/lesson'
import { parseSpec } from '../../runs/spec'
import { useSelect, useStoreApi } from '../context'
import { toDraft } from '../draft'
import { Icon } from '../Icon'
import { LessonRuns } from './LessonRuns'
import { TeacherLink } from './TeacherLink'
import { useLessons } from './useLessons'
import { say } from '../words/say'

export function LessonCard() {
  const id = useSelect((page) => page.view.lesson)
  const lessons = useLessons(id !== undefined)
  if (id === undefined || !lessons) return null
  const at = lessons.findIndex((lesson) => lesson.id === id)
  const lesson = lessons[at]
  if (!lesson) return <p className="note lesson-missing" role="alert">
    {say`There is no lesson “${id}” here. The list behind “lessons” has all of them.`}</p>
  return <Card key={id} lesson={lesson} of={lessons.length} before={lessons[at - 1]?.id} after={lessons[at + 1]?.id} />
}

function Card({ lesson, of, before, after }: { lesson: Lesson; of: number; before: string | undefined; after: string | undefined }) {
  const store = useStoreApi()
  const [answered, setAnswered] = useState(false)
  // The form shows what the lesson will play, unless something else is on.
  useEffect(() => {
    if (store.getState().state === 'idle') store.setState({ draft: toDraft(parseSpec(lesson.runs[0]!.spec)), complaint: undefined })
  }, [lesson, store])
  const go = (to: string | undefined): void => { store.setState(({ view }) => ({ view: { ...view, lesson: to } })) }
  return (
    <section className="lesson" aria-labelledby="lesson">
      <div className="lesson-head">
        <span className="label">{say`lesson ${lesson.number} of ${of}`}</span>
        <div className="chooser">
          <TeacherLink lesson={lesson.id} />
          <ActionIcon variant="subtle" size={28} radius="xl" aria-label={say`The lesson before`} disabled={!before}
            onClick={() => { go(before) }}>
            <Icon name="back" size={14} />
          </ActionIcon>
          <ActionIcon variant="subtle" size={28} radius="xl" aria-label={say`The next lesson`} disabled={!after}
            onClick={() => { go(after) }}>
            <Icon name="forth" size={14} />
          </ActionIcon>
          <ActionIcon variant="subtle" size={28} radius="xl" aria-label={say`Close the lesson`} onClick={() => { go(undefined) }}>
            <Icon name="close" size={14} />
          </ActionIcon>
        </div>
      </div>
      <h2 id="lesson">{lesson.title}</h2>
      <div className="lesson-body">
        <div className="lesson-words">
          {lesson.words.map((sentence) => <p key={sentence}>{sentence}</p>)}
        </div>
        <div className="lesson-side">
          <LessonRuns lesson={lesson} />
          <p><b>{say`Watch`}</b> {lesson.watch}</p>
          <p><b>{say`Question`}</b> {lesson.question}{' '}
            {!answered && <UnstyledButton className="why" onClick={() => { setAnswered(true) }}>{say`the answer`}</UnstyledButton>}
          </p>
          {answered && <p className="lesson-answer" role="status">{lesson.answer}</p>}
        </div>
      </div>
      {after && answered && <Button className="lesson-next" variant="default" size="compact-sm" onClick={() => { go(after) }}>
        {say`Next lesson`}</Button>}
    </section>
  )
}
