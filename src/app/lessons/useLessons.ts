/** The lessons, fetched when somebody wants to see them. */
import { useEffect, useState } from 'react'
import type { Lesson } from '../../runs/lessons/lesson'

export function useLessons(wanted: boolean): readonly Lesson[] | undefined {
  const [lessons, setLessons] = useState<readonly Lesson[]>()
  useEffect(() => {
    if (!wanted || lessons) return
    let here = true
    void import('../../runs/lessons/index').then((module) => { if (here) setLessons(module.lessons) })
    return () => { here = false }
  }, [wanted, lessons])
  return lessons
}
