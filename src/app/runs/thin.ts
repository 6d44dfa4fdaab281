/** A curve thinned to the pixels it is drawn on: what is left looks the same, as every pixel keeps its lowest and highest point. */

export interface XY {
  x: number
  y: number
}

/**
 * Points from `from` to `to`, with one beyond each end so that the line runs on; of each of `columns` equal parts of that range the
 * first, the lowest, the highest and the last point, in their order. Points are sorted by x. [N] → at most [4 · columns + 2].
 */
export function thin<P extends XY>(points: readonly P[], from: number, to: number, columns: number): P[] {
  const [inner, outer] = [firstAt(points, from), firstAfter(points, to)]
  const [first, end] = [Math.max(0, inner - 1), Math.min(points.length, outer + 1)]
  if (end - first <= 4 * columns + 2 || to <= from) return points.slice(first, end)
  const kept: P[] = points.slice(first, inner) // the neighbours beyond the edges, from which the line comes and to which it goes
  const width = (to - from) / columns
  for (let start = inner; start < outer; ) {
    const column = Math.max(0, Math.floor((points[start]!.x - from) / width))
    const beyond = column >= columns - 1 ? Infinity : from + (column + 1) * width
    let [low, high, next] = [start, start, start + 1]
    for (; next < outer && points[next]!.x < beyond; next++) {
      if (points[next]!.y < points[low]!.y) low = next
      if (points[next]!.y > points[high]!.y) high = next
    }
    let last = -1
    for (const i of [start, Math.min(low, high), Math.max(low, high), next - 1]) {
      if (i > last) kept.push(points[(last = i)]!)
    }
    start = next
  }
  kept.push(...points.slice(outer, end))
  return kept
}

/** The point nearest to x; undefined where there is none, or where x lies beyond the curve's ends by more than `slack`. */
export function nearest<P extends XY>(points: readonly P[], x: number, slack = 0): P | undefined {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || x < first.x - slack || x > last.x + slack) return undefined
  const i = firstAt(points, x)
  const [before, after] = [points[i - 1], points[i]]
  return before && (!after || x - before.x < after.x - x) ? before : after
}

/** The y on the line between two points; undefined beyond the curve's ends. */
export function between(points: readonly XY[], x: number): number | undefined {
  const i = firstAt(points, x)
  const [before, after] = [points[i - 1], points[i]]
  if (after?.x === x) return after.y
  return before && after && before.y + ((x - before.x) / (after.x - before.x)) * (after.y - before.y)
}

/** The first index whose x is at least `x`. */
function firstAt(points: readonly XY[], x: number): number {
  return search(points, (point) => point.x >= x)
}

function firstAfter(points: readonly XY[], x: number): number {
  return search(points, (point) => point.x > x)
}

function search(points: readonly XY[], holds: (point: XY) => boolean): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(points[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
