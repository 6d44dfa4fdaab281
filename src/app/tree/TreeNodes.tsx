/**
 * The tree as buttons over branches: blue and full where it ends right, red and hollow where it ends wrong, dashed where nothing is
 * written yet; a response's frame is tinted by its advantage, and the bar on its stem is the share of its ways that end right.
 */
import { useElementSize } from '@mantine/hooks'
import { useRef, type CSSProperties, type KeyboardEvent } from 'react'
import { NodeFace } from './NodeFace'
import { nodeWords } from './nodeWords'
import { trainedSource, type Rules } from '../models/sources'
import { neighbourOf, roundAt, samePlace, type Place, type TreeView } from './tree'
import { TreeBranches } from './TreeBranches'
import { layoutTree, type Box } from './treeLayout'
import { say } from '../words/say'

const KEYS = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'])
const QUESTION: Place = { round: 0 }

export function TreeNodes({ view, rules, chosen, choose }: {
  view: TreeView
  rules: Rules
  chosen: Place | undefined
  choose: (place: Place) => void
}) {
  const { ref, width } = useElementSize()
  const nodes = useRef(new Map<string, HTMLButtonElement>())
  const layout = layoutTree(view.shape, Math.max(width, 280))
  const reachable = chosen ?? QUESTION // one stop of the tab key; arrows go on from there
  const move = (event: KeyboardEvent, from: Place): void => {
    if (!KEYS.has(event.key)) return
    event.preventDefault()
    const to = neighbourOf(view.shape, from, event.key)
    choose(to)
    nodes.current.get(JSON.stringify(to))?.focus()
  }
  const node = (place: Place, box: Box) => {
    const name = JSON.stringify(place)
    const state = place.round === 0 ? 'judged' : roundAt(view, place)!.state
    const pressed = chosen !== undefined && samePlace(chosen, place)
    return (
      <button key={name} type="button" className="node" style={styleOf(box)} data-round={place.round} data-state={state}
        aria-label={nodeWords(view, place)} aria-pressed={pressed}
        tabIndex={samePlace(reachable, place) ? 0 : -1} onClick={() => { choose(place) }} onKeyDown={(event) => { move(event, place) }}
        ref={(element) => { if (element) nodes.current.set(name, element); else nodes.current.delete(name) }}>
        <NodeFace view={view} place={place} rules={rules} />
      </button>
    )
  }
  return (
    <div className="tree-scroll" ref={ref}>
      <div className="tree" role="group" aria-label={say`Tree: use the arrow keys`} data-narrow={layout.narrow || undefined}
        style={{ width: layout.width, height: layout.height }}>
        <TreeBranches view={view} layout={layout} />
        {layout.columns.map(({ left, width: room }, i) => {
          const trained = rules.every || i === 0
          return (
            <span key={i} className="round" data-trained={trained || undefined} title={trainedSource(i + 1, rules.every)}
              style={{ left, width: room - 8, top: layout.narrow ? 40 : 0 }}>
              {i === 0 || room > 60 ? say`round ` : ''}{i + 1}{trained && room > 84 && say` · trained`}
            </span>
          )
        })}
        {node(QUESTION, layout.question)}
        {layout.responses.map((box, response) => node({ round: 1, response }, box))}
        {layout.ways.map((ways, response) => ways.map(({ nodes: boxes }, way) =>
          boxes.map((box, r) => node({ round: r + 2, response, way }, box))))}
      </div>
    </div>
  )
}

function styleOf({ left, top, width, height }: Box): CSSProperties {
  return { left, top, width, height }
}
