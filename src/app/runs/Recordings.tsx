/** The recorded runs that come with the page, one button each; nothing where there are none. */
import { UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useShelf } from '../context'
import type { RecordingPlace } from './shelf'

export function Recordings({ words }: { words: string }) {
  const shelf = useShelf()
  const [places, setPlaces] = useState<readonly RecordingPlace[]>([])
  useEffect(() => {
    let gone = false
    void shelf.recordings().then((found) => { if (!gone) setPlaces(found) })
    return () => { gone = true }
  }, [shelf])
  if (places.length === 0) return null
  return (
    <span className="recordings">
      {words}
      {places.map(({ file, name }) => <UnstyledButton key={file} className="why" onClick={() => void shelf.watch(file)}>{name}</UnstyledButton>)}
    </span>
  )
}
