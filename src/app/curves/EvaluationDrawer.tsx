/** The drawer “Evaluation”: what held-out problems say, before training and now. */
import { useSelect } from '../context'
import { evaluationTable, type Cell, type Line } from './evaluationTable'
import { fixed, signed } from '../format'
import { say } from '../words/say'

export function EvaluationDrawer() {
  const evaluations = useSelect((page) => page.evaluations)
  const [first, last] = [evaluations[0], evaluations.at(-1)]
  if (!first || !last) return null
  const both = first !== last
  return (
    <div className="drawer-body">
      <p className="drawer-words">
        {both ? say`Held-out problems: ` : say`Held-out problems, `}
        {both && <><span className="key" data-when="before" /> {when(first.step)}, <span className="key" data-when="after" /> </>}
        {when(last.step)}{say`. Bars are 95 % intervals.`}
      </p>
      <div className="evaluation-sections">
        {evaluationTable(first, last).map(({ name, way, lines }) => (
          <table className="evaluation" key={name ?? ''}>
            <caption>{name === undefined ? <b>{way}</b> : <><b>{name}:</b> {way.replace(`${name}, `, '')}</>}</caption>
            <thead>
              <tr>
                <th scope="col"><span className="hidden">{say`measure`}</span></th>
                <th scope="col">{when(both ? first.step : last.step)}</th>
                {both && <th scope="col">{when(last.step)}</th>}
                {both && <th scope="col" className="change">{say`change`}</th>}
                <th scope="col" className="strip-head"><span>0</span><span>1</span></th>
              </tr>
            </thead>
            <tbody>{lines.map((line) => <Row key={line.label} line={line} both={both} />)}</tbody>
          </table>
        ))}
      </div>
    </div>
  )
}

function Row({ line: { label, hint, before, after }, both }: { line: Line; both: boolean }) {
  return (
    <tr>
      <th scope="row" title={hint}>{label}</th>
      {both && <td>{before ? <Figure cell={before} /> : '–'}</td>}
      <td><b><Figure cell={after} /></b></td>
      {both && <td className="change">{before ? signed(size(after) - size(before), 'value' in after ? 1 : 2) : '–'}</td>}
      <td className="strip-cell">{'share' in after && <Strip before={before} after={after} />}</td>
    </tr>
  )
}

/** Both shares on a line from 0 to 1, with their intervals. */
function Strip({ before, after }: { before: Cell | undefined; after: Cell }) {
  return (
    <span className="strip" aria-hidden="true">
      {[{ when: 'before', cell: before }, { when: 'after', cell: after }].map(({ when, cell }) => cell && 'share' in cell && (
        <span key={when} className="strip-mark" data-when={when}>
          {cell.low !== undefined && <i style={{ left: at(cell.low), right: at(1 - (cell.high ?? cell.share)) }} />}
          <b style={{ left: at(cell.share) }} />
        </span>
      ))}
    </span>
  )
}

const at = (share: number): string => `${100 * share}%`
const size = (cell: Cell): number => ('share' in cell ? cell.share : cell.value)

/** “0.83 (0.77 to 0.88)” */
function Figure({ cell }: { cell: Cell }) {
  if ('value' in cell) return fixed(cell.value, 1)
  return (
    <>
      {fixed(cell.share)}
      {cell.low !== undefined && <span className="interval">{say` (${fixed(cell.low)} to ${fixed(cell.high ?? NaN)})`}</span>}
    </>
  )
}

const when = (step: number): string => (step === 0 ? say`before training` : say`after step ${step}`)
