/** The group's loss and the pull at each of its tokens under every loss type, one strip each. */
import { useId } from 'react'
import { metric } from '../format'
import { TERMS, WEIGHTS } from '../tokens/formulas'
import type { Side } from './losses'
import { say } from '../words/say'
import { tell } from '../words/tell'

export function Sides({ sides }: { sides: Side[] }) {
  const words = useId()
  return (
    <>
      <p className="sides-words" id={words}>
        {tell`${<b>{say`The same group under every loss type.`}</b>} Each strip is one token after the other, completion by completion: up
          where it is made likelier, down where it is made less likely; scaled to its strongest.`}
      </p>
      <div className="sides-scroll" tabIndex={0} role="group" aria-labelledby={words}>
        <table className="sides" aria-labelledby={words}>
          <thead>
            <tr>{[say`loss type`, say`loss`, say`strongest`, say`pull of each token`].map((name) => <th scope="col" key={name}>
              {name}</th>)}</tr>
          </thead>
          <tbody>{sides.map((side) => <Row key={side.type} side={side} />)}</tbody>
        </table>
      </div>
    </>
  )
}

/** What is left of sums that cancel. */
const ROUNDING = 1e-12

function Row({ side: { type, own, loss, pull } }: { side: Side }) {
  const most = pull.flat().reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  return (
    <tr data-own={own || undefined}>
      <th scope="row" title={`${say.of(TERMS[type].says)} ${say.of(WEIGHTS[type].says)}.`}>{type}{own && <span className="quiet">
        {say` this run`}</span>}</th>
      <td>{metric(Math.abs(loss) < ROUNDING ? 0 : loss)}</td>
      <td>{metric(most)}</td>
      <td className="side-strip"><Strip pull={pull} most={most} /></td>
    </tr>
  )
}

/** Between two completions, in widths of a token. */
const GAP = 1.5
const HALF = 12

function Strip({ pull, most }: { pull: number[][]; most: number }) {
  let x = 0
  const [up, down]: string[][] = [[], []]
  for (const row of pull) {
    for (const value of row) {
      const height = most > 0 ? (HALF * Math.abs(value)) / most : 0
      if (height > 0) (value > 0 ? up! : down!).push(`M${x} ${HALF}v${value > 0 ? -height : height}h.8v${value > 0 ? height : -height}z`)
      x += 1
    }
    x += GAP
  }
  const words = say`${up!.length} tokens made likelier, ${down!.length} less likely`
  return (
    <svg viewBox={`0 0 ${Math.max(1, x - GAP)} ${2 * HALF}`} preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      <path d={`M0 ${HALF}H${Math.max(1, x - GAP)}`} className="side-ground" vectorEffect="non-scaling-stroke" />
      <path d={up!.join('')} fill="var(--up)" />
      <path d={down!.join('')} fill="var(--down)" />
    </svg>
  )
}
