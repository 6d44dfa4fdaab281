import { describe, expect, it } from 'vitest'
import { layoutTree, type Box, type TreeLayout } from './treeLayout'

const nodes = (layout: TreeLayout): Box[] => [layout.question, ...layout.responses, ...layout.ways.flat().flatMap((way) => way.nodes)]

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height

describe('the layout of the tree', () => {
  const shapes = [{ m: 8, k: 4, rounds: 3 }, { m: 8, k: 1, rounds: 3 }, { m: 2, k: 2, rounds: 2 }, { m: 4, k: 3, rounds: 9 }]
  const cases = shapes.flatMap((shape) => [320, 358, 640, 780, 1100].map((width) => ({ ...shape, width })))

  it.each(cases)('m $m, k $k, n $rounds in $width px: every node has its place, within the tree and beside the others', ({ width, ...shape }) => {
    const layout = layoutTree(shape, width)
    const all = nodes(layout)
    expect(all).toHaveLength(1 + shape.m * (1 + shape.k * (shape.rounds - 1)))
    for (const { left, top, width, height } of all) {
      expect(left).toBeGreaterThanOrEqual(0)
      expect(top).toBeGreaterThanOrEqual(0)
      expect(left + width).toBeLessThanOrEqual(layout.width + 0.01)
      expect(top + height).toBeLessThanOrEqual(layout.height)
    }
    const clashes = all.flatMap((a, i) => all.slice(i + 1).filter((b) => overlap(a, b)))
    expect(clashes).toEqual([])
  })

  it('fits MOTIF’s own size into every window, and makes room to scroll only for many rounds', () => {
    for (const width of [320, 358, 640, 780, 1100]) expect(layoutTree({ m: 8, k: 4, rounds: 3 }, width).width).toBe(width)
    expect(layoutTree({ m: 2, k: 2, rounds: 16 }, 358).width).toBeGreaterThan(358)
  })

  it('joins branches to the nodes that they lead to', () => {
    const { ways, stems, responses, trunk } = layoutTree({ m: 3, k: 4, rounds: 3 }, 700)
    expect(trunk[1]!.endsWith(`${responses[1]!.left},${stems[1]!.y}`)).toBe(true)
    const middle = (box: Box): number => box.top + box.height / 2
    for (const way of ways.flat()) {
      expect(way.branch.endsWith(`,${way.line.y}`)).toBe(true)
      for (const node of way.nodes) expect(middle(node)).toBeCloseTo(way.line.y, 9)
    }
    const [first] = ways
    expect(first!.reduce((sum, { line }) => sum + line.y, 0) / 4).toBeCloseTo(stems[0]!.y, 9)
  })
})
