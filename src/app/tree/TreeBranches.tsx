/** The tree's branches. Those to responses are as thick as the advantage is large; those of the ways show how each one ends. */
import { fateOf, rightOf, type TreeView } from './tree'
import type { TreeLayout } from './treeLayout'
import { shareSource } from '../models/sources'

/** Thickness of the bar of a share, and its distance from the ends of its stem. */
const BAR = 5
const INSET = 5

export function TreeBranches({ view, layout }: { view: TreeView; layout: TreeLayout }) {
  const reach = Math.max(0, ...view.responses.map(({ advantage = 0 }) => Math.abs(advantage)))
  return (
    <svg className="branches" width={layout.width} height={layout.height} aria-hidden="true">
      {layout.spine && <path d={layout.spine} className="trunk" />}
      {view.responses.map(({ advantage = 0, state }, i) => (
        <path key={i} d={layout.trunk[i]} className="trunk" data-state={state}
          data-way={advantage > 0 ? 'up' : advantage < 0 ? 'down' : undefined} strokeWidth={1 + (reach > 0 ? 3 * (Math.abs(advantage) / reach) : 0)} />
      ))}
      {view.responses.map(({ ways }, i) => ways.map((way, j) => {
        const { branch, line } = layout.ways[i]![j]!
        return (
          <g key={`${i} ${j}`} className="way" data-right={fateOf(way.success)} data-state={way.rounds[0]?.state}>
            <path d={branch} />
            {line.right > line.left && <path d={`M${line.left},${line.y} H${line.right}`} />}
          </g>
        )
      }))}
      {view.responses.map((response, i) => {
        const { left, right, y } = layout.stems[i]!
        const length = right - left - 2 * INSET
        const judged = response.ways.some(({ success }) => success !== undefined)
        const winners = rightOf(response.ways)
        return (
          <g key={i} className="stem">
            <path d={`M${left},${y} H${right}`} />
            {judged && (
              <>
                <title>{shareSource(response, winners)}</title>
                <rect x={left + INSET} y={y - BAR / 2} width={length} height={BAR} rx={BAR / 2} className="stem-bar" />
                <rect x={left + INSET} y={y - BAR / 2} width={(length * winners) / response.ways.length} height={BAR} rx={BAR / 2} className="stem-share" />
                <text x={(left + right) / 2} y={y - 7}>{winners}/{response.ways.length}</text>
              </>
            )}
          </g>
        )
      })}
    </svg>
  )
}
