import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluationOf } from '../../runs/library/contract.fixture'
import { parseSpec } from '../../runs/spec'
import { csv } from '../../runs/library/rows'
import { ACCURACY, curvesOf, figuresOf, intervalOf, niceTicks, reachOf, type ComparedRun } from './comparison'
import { differencesOf, differenceWords, seedlessKey } from './differences'
import { between, nearest, thin, type XY } from './thin'

const seed = Number(process.env.ETUDE_SEED ?? Date.now() % 2 ** 31)

const runOf = (number: number, steps: number, value: (step: number) => number): ComparedRun => ({
  id: `run ${number}`, name: `GRPO on Ledger, seed ${number}`, colour: number, spec: parseSpec({ seed: number }),
  reports: Array.from({ length: steps }, (_, i) => ({
    step: i + 1, groups: [], resumable: true, metrics: { reward: value(i + 1), generated_tokens: 10 * (i + 1), step_time: 1 },
  })),
  evaluations: [evaluationOf(0), evaluationOf(steps)],
})

describe(`thinning (ETUDE_SEED=${seed})`, () => {
  const curves = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 800 }).map((ys) => ys.map((y, x) => ({ x, y })))

  it('keeps the ends, the lowest and the highest point of every column, and the order', () => {
    fc.assert(
      fc.property(curves, fc.integer({ min: 1, max: 60 }), fc.nat(200), fc.nat(800), (points, columns, from, length) => {
        const to = from + length
        const kept = thin(points, from, to, columns)
        expect(kept.length).toBeLessThanOrEqual(4 * columns + 2)
        expect(kept.every(({ x }, i) => i === 0 || x > kept[i - 1]!.x)).toBe(true)
        const seen = (all: XY[]) => all.filter(({ x }) => x >= from && x <= to)
        if (seen(points).length === 0) return
        const [all, left] = [seen(points), seen(kept)]
        const edges = (some: XY[]) => [some[0]!.x, some.at(-1)!.x, Math.min(...some.map(({ y }) => y)), Math.max(...some.map(({ y }) => y))]
        expect(edges(left)).toEqual(edges(all))
        if (from > 0) expect(kept[0]!.x).toBe(Math.min(from - 1, points.length - 1)) // the line comes from beyond the edge
      }),
      { seed },
    )
  })

  it('leaves short curves alone', () => {
    const points = [1, 2, 3].map((x) => ({ x, y: x }))
    expect(thin(points, 0, 9, 100)).toEqual(points)
  })

  it('finds what is at a place', () => {
    const points = [{ x: 0, y: 0 }, { x: 10, y: 5 }]
    expect([between(points, 4), between(points, 10), between(points, 11), between([], 1)]).toEqual([2, 5, undefined, undefined])
    expect([nearest(points, 4)?.x, nearest(points, 6)?.x, nearest(points, 12), nearest(points, 12, 2)?.x]).toEqual([0, 10, undefined, 10])
  })
})

describe('curves', () => {
  it('draws runs that differ by seed alone as their mean with its interval', () => {
    const runs = [1, 2, 3].map((n) => runOf(n, 4, (step) => step + n))
    const [curve, ...none] = curvesOf(runs, { metric: 'reward', axis: 'tokens', weight: 0, together: true })
    expect(none).toEqual([])
    expect(curve).toMatchObject({ name: 'GRPO on Ledger, seeds 1, 2, 3', line: [3, 4, 5, 6].map((y, i) => ({ x: 10 * (i + 1), y })) })
    const half = 4.303 / Math.sqrt(3)
    expect(curve!.band[0]!.high).toBeCloseTo(3 + half, 3)
    expect(reachOf([curve!], 10, 20, false)![1]).toBeCloseTo(4 + half, 3)
    expect(curvesOf(runs, { metric: 'reward', axis: 'steps', weight: 0, together: false })).toHaveLength(3)
  })

  it('ends the mean where the first of its runs ends', () => {
    const [curve] = curvesOf([runOf(1, 3, () => 1), runOf(2, 9, () => 0)], { metric: 'reward', axis: 'steps', weight: 0.5, together: true })
    expect(curve!.line.map(({ x, y }) => [x, y])).toEqual([[1, 0.5], [2, 0.5], [3, 0.5]])
    expect(curve!.band[0]).toEqual({ x: 1, low: 0, high: 1 })
  })

  it('draws accuracy where it was measured, with its own interval', () => {
    const [curve] = curvesOf([runOf(1, 4, () => 1)], { metric: ACCURACY, axis: 'steps', weight: 0.9, together: true })
    expect([curve!.line, curve!.band[0]]).toEqual([[{ x: 0, y: 0.5 }, { x: 4, y: 0.5 }], { x: 0, low: 0.2, high: 0.8 }])
  })

  it('knows Student’s interval', () => {
    expect(intervalOf([1, 2, 3, 4])).toEqual({ mean: 2.5, low: expect.closeTo(0.4457, 3) as number, high: expect.closeTo(4.5543, 3) as number })
  })

  it('has round ticks', () => {
    expect([niceTicks([0, 1], false), niceTicks([0, 1.13], false), niceTicks([-0.013, 0.14], false)]).toEqual([
      [0, 0.25, 0.5, 0.75, 1], [0, 0.5, 1], [0, 0.05, 0.1],
    ])
    expect([niceTicks([1e-4, 2], true), niceTicks([0.3, 4], true)]).toEqual([[1e-4, 1e-3, 0.01, 0.1, 1], [0.5, 1, 2]])
  })

  it('goes out as a table', () => {
    const [curve] = curvesOf([runOf(1, 2, (step) => step)], { metric: 'reward', axis: 'tokens', weight: 0.5, together: true })
    expect(csv(figuresOf([curve!], 'tokens')).split('\r\n')).toEqual(['run,tokens,value,low,high,raw', '"GRPO on Ledger, seed 1",10,1,,,1', `"GRPO on Ledger, seed 1",20,${5 / 3},,,2`, ''])
  })

  it('works 5,000 points of 8 runs off within a frame or two', () => {
    const runs = Array.from({ length: 8 }, (_, n) => runOf(n, 5000, (step) => Math.sin(step / 50 + n)))
    const times = (['steps', 'seconds', 'tokens', 'steps'] as const).map((axis) => {
      const since = performance.now()
      const curves = ['reward', ACCURACY, 'step_time'].map((metric) => curvesOf(runs, { metric, axis, weight: 0.8, together: false }))
      let left = 0
      for (const { raw, line } of curves.flat()) for (const points of [...raw, line]) left += thin(points, 0, 50_000, 300).length
      reachOf(curves[0]!, 0, 50_000, false)
      expect(left).toBeLessThan(3 * 8 * 2 * 1202)
      return performance.now() - since
    })
    console.log(`three charts of 8 × 5,000 points: ${times.map((time) => time.toFixed(0)).join(', ')} ms`)
    expect(Math.min(...times)).toBeLessThan(100)
  })
})

describe('differences', () => {
  const base = { seed: 1, algorithm: { name: 'grpo', learning_rate: 1e-3 } }

  it('are said in words, without what follows from them', () => {
    const specs = [parseSpec(base), parseSpec({ ...base, seed: 2, algorithm: { name: 'grpo', learning_rate: 4e-4 } })]
    expect(differencesOf(specs).map(({ label, values }) => [label, ...values])).toEqual([['learning rate', '1e-3', '4e-4'], ['seed', '1', '2']])
    expect(differenceWords(specs)).toBe('They differ in learning rate and seed; all else is the same.')
    expect(differenceWords([specs[0]!, specs[0]!])).toBe('Both have the same settings.')
  })

  it('of methods leave out what only one of them has', () => {
    const specs = [parseSpec(base), parseSpec({ seed: 1, algorithm: { name: 'sft', learning_rate: 1e-3 } })]
    const labels = differencesOf(specs).map(({ label }) => label)
    expect(labels[0]).toBe('method')
    expect(labels).not.toContain('num generations')
  })

  it('of graders name them', () => {
    const specs = [parseSpec({ graders: [{ name: 'exact' }] }), parseSpec({ graders: [{ name: 'exact' }, { name: 'format', weight: 0.5 }] })]
    expect(differencesOf(specs)).toEqual([{ path: 'graders', label: 'graders', values: ['exact', 'exact, format × 0.5'] }])
  })

  it('of the seed alone do not part runs', () => {
    const key = (more: object) => seedlessKey(parseSpec({ ...base, ...more }))
    expect(key({ seed: 5 })).toBe(key({ seed: 9, notes: { a: 'b' } }))
    expect(key({ seed: 5, adapter: { seed: 1 } })).not.toBe(key({ seed: 5 }))
    expect(key({ steps: 9 })).not.toBe(key({}))
  })
})
