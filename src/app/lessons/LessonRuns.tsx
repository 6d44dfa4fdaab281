/** The lesson's runs as buttons, and under them what the lesson expects, ticked as soon as the runs have ended. */
import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { runsOf, verdictOn, type Told } from '../../runs/lessons/happened'
import type { Expectation, Lesson } from '../../runs/lessons/lesson'
import { usePlayer, useSelect, useStoreApi } from '../context'
import { metric } from '../format'
import { Icon } from '../Icon'
import { say } from '../words/say'
import { tell } from '../words/tell'

export function LessonRuns({ lesson }: { lesson: Lesson }) {
  const player = usePlayer()
  const { playing, told, begin } = useTold()
  const busy = useSelect((page) => page.state === 'running' || page.state === 'opening')
  const absent = useSelect((page) => page.device.state !== 'ready')
  const play = async (name: string, spec: object): Promise<void> => {
    const run = await player.prepare(spec)
    begin(name)
    run.play()
  }
  return (
    <div className="lesson-runs">
      <div className="lesson-buttons" role="group" aria-label={say`Runs of this lesson`}>
        {lesson.runs.map(({ name, spec }) => (
          <Button key={name} variant={told.has(name) ? 'default' : 'filled'} size="compact-md" disabled={absent || busy}
            leftSection={<Icon name="play" size={12} />} onClick={() => void play(name, spec)}>
            {lesson.runs.length === 1 ? say`Play this lesson` : name}
          </Button>
        ))}
        {busy && playing !== undefined && <span className="label">{say`playing: ${playing}`}</span>}
      </div>
      <ul className="lesson-expects" aria-label={say`What should happen`}>
        {lesson.expects.map((expectation) => <Expected key={expectation.says} expectation={expectation} lesson={lesson} told={told} />)}
      </ul>
    </div>
  )
}

function Expected({ expectation, lesson, told }: { expectation: Expectation; lesson: Lesson; told: ReadonlyMap<string, Told> }) {
  if (!runsOf(expectation, lesson).every((name) => told.has(name))) return <li data-open>{expectation.says}</li>
  const { happened, seen, against } = verdictOn(expectation, lesson, told)
  return (
    <li data-happened={happened}>
      {tell`${expectation.says}: ${<b>{metric(seen)}</b>} against ${metric(against)}`}
      {happened ? '' : say`, so not this time`}
    </li>
  )
}

/** What the runs that were played here have told, by name, once each has ended. */
function useTold() {
  const store = useStoreApi()
  const [playing, setPlaying] = useState<string>()
  const [told, setTold] = useState<ReadonlyMap<string, Told>>(new Map())
  const leave = useRef<() => void>(undefined)
  useEffect(() => () => { leave.current?.() }, [])
  const begin = (name: string): void => {
    leave.current?.()
    setPlaying(name)
    const { spec } = store.getState()
    leave.current = store.subscribe((page) => {
      if (page.state !== 'done' && page.spec === spec) return
      leave.current?.()
      setPlaying(undefined)
      const { reports, evaluations } = page
      if (page.spec === spec) setTold((before) => new Map(before).set(name, { reports, evaluations })) // else another run took its place
    })
  }
  return { playing, told, begin }
}
