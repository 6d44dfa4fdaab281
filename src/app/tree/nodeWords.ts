/** A node's name for those who do not see it, and its heading. */
import { fixed, signed } from '../format'
import { rightOf, roundAt, type Place, type TreeView } from './tree'

const STATE = { waiting: 'not begun', writing: 'being written', written: 'written, not judged yet', judged: '' }

/** “Response 3”, “Response 3, way 2, round 3 of 3”. */
export function nodeTitle({ shape: { rounds } }: TreeView, place: Place): string {
  if (!('response' in place)) return 'The question'
  const response = `Response ${place.response + 1}`
  return 'way' in place ? `${response}, way ${place.way + 1}, round ${place.round} of ${rounds}` : `${response}, round 1 of ${rounds}`
}

export function nodeWords(view: TreeView, place: Place): string {
  const title = nodeTitle(view, place)
  const round = roundAt(view, place)
  if (!('response' in place) || !round) return title
  if (round.state !== 'judged') return `${title}: ${STATE[round.state]}`
  const response = view.responses[place.response]!
  if ('way' in place) return `${title}: ${successWords(response.ways[place.way]!.success ?? 0)}`
  const figures = `reward ${fixed(response.reward ?? NaN)}, advantage ${signed(response.advantage ?? NaN)}`
  return `${title}: ${figures}, ${rightOf(response.ways)} of ${response.ways.length} ways right`
}

export function successWords(success: number): string {
  return success === 1 ? 'ends right' : success === 0 ? 'ends wrong' : `earns ${fixed(success)} of the score`
}
