/** What the tokens are coloured by, and the scale of it. */
import { UnstyledButton } from '@mantine/core'
import type { Shade } from './shades'
import { say } from '../words/say'

export function ShadeChooser({ shades, shade, choose }: { shades: readonly Shade[]; shade: Shade; choose: (shade: Shade) => void }) {
  return (
    <div className="axes shades" role="group" aria-label={say`Tokens coloured by`}>
      <span className="label" aria-hidden="true">{say`colour`}</span>
      {shades.map((one) => (
        <UnstyledButton key={one.name} className="axis" aria-pressed={one === shade} title={say.of(one.about)}
          onClick={() => { choose(one) }}>
          {say.of(one.label)}
        </UnstyledButton>
      ))}
    </div>
  )
}

/** The two ends of the scale with their numbers; `count` tokens carry the mark, of a scale that is one. */
export function Legend({ shade, reach, count, of }: { shade: Shade; reach: number; count: number; of: number }) {
  return (
    <p className="shade-legend">
      {shade.scale === 'mark'
        ? <><i className="shade-mark" aria-hidden="true" /> {count === 0 ? say`none of the group’s ${of} tokens`
          : say`${count} of the group’s ${of} tokens`}</>
        : reach === 0
          ? <>{say`all of them ${shade.end(0)}`}</>
          : (
            <>
              <span>{shade.end(shade.scale === 'two' ? -reach : 0)}</span>
              <i className="shade-scale" data-scale={shade.scale} aria-hidden="true" />
              <span>{shade.end(reach)}</span>
            </>
          )}
      <span className="shade-about">{say.of(shade.about)}</span>
    </p>
  )
}
