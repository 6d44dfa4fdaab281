/** What one can take home once a step has been made: the adapter as PEFT reads it. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useSelect, usePlayer } from '../context'
import { Icon } from '../Icon'
import { download } from '../runs/download'
import { say } from '../words/say'

export function Keep() {
  const player = usePlayer()
  const held = useSelect((page) => page.reports.length > 0 && !page.viewing && (page.state === 'paused' || page.state === 'done'))
  const [problem, setProblem] = useState<string>()
  if (!held) return null
  const save = async (): Promise<void> => {
    try {
      const files = await player.run!.exportAdapter()
      for (const [name, bytes] of Object.entries(files)) download(name.split('/').at(-1)!, bytes)
      setProblem(undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <>
      <Button variant="default" size="sm" fullWidth leftSection={<Icon name="save" size={14} />}
        onClick={() => void save()}>{say`Save the adapter`}</Button>
      {problem && <p className="note bad" role="alert">{problem}</p>}
    </>
  )
}
