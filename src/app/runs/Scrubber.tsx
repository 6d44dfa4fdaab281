/** In the head, in place of the transport, while a run is only looked at: play, drag, the speed, and whose run it is. Keys: space, ← →. */
import './runs.css'
import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { usePlayer, useSelect } from '../context'
import { Icon } from '../Icon'
import { SPEEDS } from './viewing'
import { say } from '../words/say'
import { tell } from '../words/tell'

export function Scrubber() {
  const player = usePlayer()
  const viewing = useSelect((page) => page.viewing)
  const at = viewing?.at ?? 0
  const { replay } = player
  useKeys({
    ' ': () => { replay.toggle() },
    ArrowLeft: () => { replay.seek(at - 1) },
    ArrowRight: () => { replay.seek(at + 1) },
  })
  const slider = useRef<HTMLInputElement>(null)
  const name = viewing?.run.name
  useEffect(() => { slider.current?.focus({ preventScroll: true }) }, [name]) // the arrows are its own from the start
  if (!viewing) return null
  const { run, last, playing, speed } = viewing
  return (
    <>
      <div className="transport" role="group" aria-label={say`Replay`}>
        <Tooltip label={say`Close this run (r)`}>
          <ActionIcon variant="default" size={38} radius="xl" aria-label={say`Close this run`} aria-keyshortcuts="r"
            onClick={() => void player.reset()}>
            <Icon name="close" />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={say`${playing ? say`Pause` : say`Play`} (space)`}>
          <ActionIcon className="play" variant="filled" size={44} radius="xl" aria-label={playing ? say`Pause` : say`Play`}
            aria-keyshortcuts="Space"
            disabled={last === 0} onClick={() => { replay.toggle() }}>
            <Icon name={playing ? 'pause' : 'play'} size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className="scrubber">
        <div className="scrubber-words">
          <span><b>{run.name}</b>{run.about && <span className="quiet"> · {run.about}</span>}</span>
          <span className="tabular">{tell`step ${<b data-testid="step">{at}</b>} of ${last}`}</span>
        </div>
        <div className="scrubber-row">
          <input ref={slider} type="range" min={0} max={last} value={at} aria-label={say`Step`} aria-valuetext={say`step ${at} of ${last}`}
            style={{ '--done': `${last === 0 ? 100 : (100 * at) / last}%` } as React.CSSProperties}
            onChange={(event) => { replay.seek(Number(event.currentTarget.value)) }} />
          <div className="axes" role="group" aria-label={say`Speed`}>
            {SPEEDS.map((each) => (
              <UnstyledButton key={each} className="axis" aria-pressed={each === speed} aria-label={say`${each} times`}
                onClick={() => { replay.setSpeed(each) }}>{each}×</UnstyledButton>
            ))}
          </div>
        </div>
      </div>
    </>
  )
}

/** Where a key belongs to what is focused. */
const TYPING = ['input:not([type="range"])', 'textarea', 'select', 'button', 'a', '[role="tab"]', '[contenteditable]'].join()

/** The keys are the scrubber's while it is there: it hears them before the page's own, which mean the transport. */
function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys)
  useEffect(() => { latest.current = keys })
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const act = latest.current[event.key]
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
      if (event.target instanceof Element && event.target.closest(TYPING)) return
      event.preventDefault()
      event.stopImmediatePropagation()
      act()
    }
    window.addEventListener('keydown', press, { capture: true })
    return () => { window.removeEventListener('keydown', press, { capture: true }) }
  }, [])
}
