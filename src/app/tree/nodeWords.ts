/** A node's name for those who do not see it, and its heading. */
import { fixed, signed } from '../format'
import { rightOf, roundAt, type Place, type TreeView } from './tree'
import { later, say } from '../words/say'

const STATE = { waiting: later`not begun`, writing: later`being written`, written: later`written, not judged yet`, judged: '' }

/** “Response 3”, “Response 3, way 2, round 3 of 3”. */
export function nodeTitle({ shape: { rounds } }: TreeView, place: Place): string {
  if (!('response' in place)) return say`The question`
  const response = say`Response ${place.response + 1}`
  return 'way' in place ? say`${response}, way ${place.way + 1}, round ${place.round} of ${rounds}` : say`${response}, round 1 of ${rounds}`
}

export function nodeWords(view: TreeView, place: Place): string {
  const title = nodeTitle(view, place)
  const round = roundAt(view, place)
  if (!('response' in place) || !round) return title
  if (round.state !== 'judged') return `${title}: ${say.of(STATE[round.state])}`
  const response = view.responses[place.response]!
  if ('way' in place) return `${title}: ${successWords(response.ways[place.way]!.success ?? 0)}`
  const figures = say`reward ${fixed(response.reward ?? NaN)}, advantage ${signed(response.advantage ?? NaN)}`
  return say`${title}: ${figures}, ${rightOf(response.ways)} of ${response.ways.length} ways right`
}

export function successWords(success: number): string {
  return success === 1 ? say`ends right` : success === 0 ? say`ends wrong` : say`earns ${fixed(success)} of the score`
}
