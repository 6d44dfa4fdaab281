/**
 * Where the tree's nodes and branches are drawn, in pixels, for a given width: the question, a column of responses, the branching,
 * and a column for each later round. In a narrow window the question lies on top and its trunk runs down at the left.
 */
import type { Shape } from './tree'

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

export interface TreeLayout {
  width: number
  height: number
  narrow: boolean
  question: Box
  /** Left ends and widths of the rounds' columns, [rounds]. */
  columns: { left: number; width: number }[]
  responses: Box[] /* [m] */
  /** From the question to each response, [m]; in a narrow window, from the spine that they share. */
  trunk: string[]
  spine?: string
  /** From each response to where its ways part, [m]; the bar of its share lies on it. */
  stems: { left: number; right: number; y: number }[]
  ways: WayLayout[][] /* [m][k] */
}

export interface WayLayout {
  branch: string
  /** The line along which the later rounds lie. */
  line: { left: number; right: number; y: number }
  nodes: Box[] /* [rounds − 1] */
}

/** Below this width the question lies on top. */
const NARROW = 520
/** Head line with the names of the rounds. */
const HEAD = 30
const BOX = 42
/** Narrower columns of later rounds make the tree wider than its window. */
const LEAST_COLUMN = 24
/** From the left end of a node to the middle of its dot. */
export const DOT = 8

const WIDE = { question: 92, trunk: 52, response: 0.25, stem: 58, branch: 44, row: 15, gap: 13, top: 0 }
const SLIM = { question: 0, trunk: 22, response: 0.37, stem: 34, branch: 24, row: 20, gap: 16, top: 40 }

export function layoutTree({ m, k, rounds }: Shape, available: number): TreeLayout {
  const narrow = available < NARROW
  const size = narrow ? SLIM : WIDE
  const response = Math.min(196, Math.max(104, Math.round(available * size.response)))
  const left = size.question + size.trunk
  const stem = left + response
  const later = stem + size.stem + size.branch
  const column = Math.min(190, Math.max(LEAST_COLUMN, Math.floor((available - later) / (rounds - 1))))
  const width = Math.max(available, later + column * (rounds - 1))

  const block = Math.max(k * size.row, BOX)
  const top = size.top + HEAD
  const middles = Array.from({ length: m }, (_, i) => top + i * (block + size.gap) + block / 2)
  const height = top + m * block + (m - 1) * size.gap + 6
  const question: Box = narrow
    ? { left: 0, top: 0, width: available, height: 30 }
    : { left: 0, top: (top + height) / 2 - 16, width: size.question, height: 32 }

  return {
    width,
    height,
    narrow,
    question,
    columns: [
      { left, width: response },
      ...Array.from({ length: rounds - 1 }, (_, r) => ({ left: later + r * column, width: column })),
    ],
    responses: middles.map((y) => ({ left, top: y - BOX / 2, width: response, height: BOX })),
    trunk: middles.map((y) => (narrow ? `M8,${y - 8} Q8,${y} 16,${y} H${left}` : curve(question.width, question.top + 16, left, y))),
    ...(narrow && { spine: `M8,${question.height} V${middles.at(-1)! - 8}` }),
    stems: middles.map((y) => ({ left: stem, right: stem + size.stem, y })),
    ways: middles.map((middle) =>
      Array.from({ length: k }, (_, j): WayLayout => {
        const y = middle + (j - (k - 1) / 2) * size.row
        return {
          branch: curve(stem + size.stem, middle, later + DOT, y),
          line: { left: later + DOT, right: later + DOT + column * (rounds - 2), y },
          nodes: Array.from({ length: rounds - 1 }, (_, r) => ({ left: later + r * column, top: y - size.row / 2, width: column, height: size.row })),
        }
      }),
    ),
  }
}

/** Leaves and arrives level. */
function curve(x1: number, y1: number, x2: number, y2: number): string {
  const half = (x1 + x2) / 2
  return `M${x1},${y1} C${half},${y1} ${half},${y2} ${x2},${y2}`
}
