/** What one can take home once a step has been made: the adapter as PEFT reads it. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useSelect, usePlayer } from '../context'
import { Icon } from '../Icon'

export function Keep() {
  const player = usePlayer()
  const held = useSelect((page) => page.reports.length > 0 && !page.viewing && (page.state === 'paused' || page.state === 'done'))
  const [problem, setProblem] = useState<string>()
  if (!held) return null
  const save = async (): Promise<void> => {
    try {
      const files = await player.run!.exportAdapter()
      for (const [name, bytes] of Object.entries(files)) offer(name, bytes)
      setProblem(undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <>
      <Button variant="default" size="sm" fullWidth leftSection={<Icon name="save" size={14} />}
        onClick={() => void save()}>Save the adapter</Button>
      {problem && <p className="note bad" role="alert">{problem}</p>}
    </>
  )
}

function offer(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)]))
  const link = Object.assign(document.createElement('a'), { href: url, download: name.split('/').at(-1) })
  link.click()
  setTimeout(() => { URL.revokeObjectURL(url) }, 10_000)
}
