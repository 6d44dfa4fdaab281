/** The rows of the runs that are compared: of the run on the page as it shows them, of others from the library, read once a change. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { useSelect, useShelf } from '../context'
import type { ComparedRun } from './comparison'

type Rows = Pick<ComparedRun, 'reports' | 'evaluations'>

export function useCompared(): ComparedRun[] {
  const shelf = useShelf()
  const { entries, compared } = useSelect((page) => page.library)
  const here = useSelect((page) => page.kept)
  const reports = useSelect((page) => page.reports)
  const evaluations = useSelect((page) => page.evaluations)
  const [read, setRead] = useState<ReadonlyMap<string, Rows>>(new Map())
  const asked = useRef(new Set<string>())

  const wanted = useMemo(
    () => entries.filter(({ id }) => compared?.includes(id) && id !== here).map(({ id, step, state }) => ({ id, key: `${id} ${step} ${state}` })),
    [entries, compared, here],
  )
  useEffect(() => {
    for (const { id, key } of wanted) {
      if (asked.current.has(key)) continue
      asked.current.add(key)
      void shelf.attempt(async () => {
        const rows = await shelf.curves(id)
        setRead((old) => new Map(old).set(id, rows))
      })
    }
  }, [wanted, shelf])

  return useMemo(
    () =>
      entries.flatMap(({ id, name, colour, spec }) => {
        const rows = id === here ? { reports, evaluations } : read.get(id)
        return compared?.includes(id) && rows ? [{ id, name, colour, spec, reports: rows.reports, evaluations: rows.evaluations }] : []
      }),
    [entries, compared, here, reports, evaluations, read],
  )
}
