/** What differs between the settings of the compared runs: one sentence, and the settings run by run. */
import { differencesOf, differenceWords } from './differences'
import type { ComparedRun } from './comparison'
import { colourOf } from './RunRow'
import { say } from '../words/say'

export function Differences({ runs }: { runs: readonly ComparedRun[] }) {
  if (runs.length < 2) return null
  const specs = runs.map(({ spec }) => spec)
  const rows = differencesOf(specs)
  return (
    <>
      <p className="compare-words">{differenceWords(specs)}</p>
      {rows.length > 0 && (
        <div className="compare-scroll">
          <table className="evaluation compare-table">
            <thead>
              <tr>
                <th scope="col"><span className="hidden">{say`setting`}</span></th>
                {runs.map(({ id, name, colour }) => (
                  <th key={id} scope="col"><i style={{ background: colourOf(colour) }} />{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ path, label, values }) => (
                <tr key={path}>
                  <th scope="row" title={path}>{label}</th>
                  {values.map((value, i) => <td key={runs[i]!.id}>{value}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
