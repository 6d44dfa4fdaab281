/** Files in: a chooser, and whatever is dropped anywhere on the page. */
import { FileButton, UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useShelf } from '../context'
import { say } from '../words/say'

export function OpenFile() {
  const shelf = useShelf()
  return (
    <FileButton accept=".zip,.gz,.json,.jsonl,application/zip,application/gzip,application/json" onChange={(file) => { if (file) void shelf.take(file) }}>
      {(props) => <UnstyledButton {...props} className="why">{say`open a file`}</UnstyledButton>}
    </FileButton>
  )
}

/** Says so while a file hangs over the page. */
export function DropFiles() {
  const shelf = useShelf()
  const [over, setOver] = useState(false)
  useEffect(() => {
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const hold = (event: DragEvent) => {
      if (!carries(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent) => { if (event.relatedTarget === null) setOver(false) }
    const drop = (event: DragEvent) => {
      setOver(false)
      if (!carries(event) || event.defaultPrevented) return // another part of the page took it
      event.preventDefault()
      const file = event.dataTransfer?.files[0]
      if (file) void shelf.take(file)
    }
    window.addEventListener('dragover', hold)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragover', hold)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [shelf])
  return over ? <div className="drop-here" role="status">{say`Drop a run (zip), a recording, a checkpoint or a run spec`}</div> : null
}
