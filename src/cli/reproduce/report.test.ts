import { describe, expect, it } from 'vitest'
import { parseSpec } from '../../runs/spec'
import { reportPage } from './report'
import { spread, wrap } from './report-labels'
import { plotSvg, roundTicks, SIZES, type Curve } from './report-plot'
import { differences } from './report-settings'
import { summarise, type Arm, type ArmRun, type Results } from './results'
import type { Study } from './study'

const MARKS = [0, 20_000, 40_000, 60_000, 80_000]
const MISCHIEF = '<script>alert("1")</script> & ‘co’'

/** Arms whose accuracy rises to `end`, with so many tokens a question; five marks, three seeds but for the last. */
const motif = { name: 'motif', questions: 1 }
const every = { name: 'motif', train_rounds: 'every', later_temperature: 1, later_top_p: 1 }
const ARMS = [
  { name: 'one-round GRPO', set: 'long', title: 'One round of 22 tokens', end: 0.04, cost: 160, algorithm: { name: 'grpo' } },
  { name: `MOTIF ${MISCHIEF}`, set: 'long', title: 'Mean of 4 futures', end: 0.83, cost: 900, algorithm: motif },
  { name: 'every round trained', set: 'long', title: 'All rounds’ tokens', end: 0.84, cost: 480, algorithm: every },
  { name: 'lonely', set: 'rate', title: 'One seed only', end: 0.3, cost: 900, algorithm: motif },
]

const study: Study = {
  method: 'motif', model: 'ledger', tokens: { full: 80_000, quick: 16_000 }, arms: () => [], parts: 4, claims: () => [],
  sets: { long: 'Held-out accuracy, 6–8 terms', rate: 'What breaks it', absent: 'A set without arms' },
} // prettier-ignore

function fixture(change: Partial<Results> = {}): Results {
  const arms = ARMS.map(({ name, set, title, end, cost, algorithm }) => {
    const seeds = name === 'lonely' ? [101] : [101, 102, 103]
    const arm: Arm = { name, set, title, seeds, spec: (seed) => parseSpec({ algorithm, seed, task: { name: 'ledger', terms: [6, 8] } }) }
    return summarise(arm, seeds.map((seed) => run(seed, end, cost, set === 'long')), MARKS)
  })
  const rows = [[1, '.25 ± .01'], [2, NaN], ['four', 3]]
  const claims = [{ title: `A claim, ${MISCHIEF}`, says: `It says ${MISCHIEF}.`, columns: ['k', MISCHIEF], rows }]
  return {
    format: 'etude-reproduction', version: 1, method: 'motif', quick: false, model: 'ledger', device: 'SwiftShader, register tiles',
    date: '2026-01-02', marks: MARKS, arms, claims, missing: [], ...change,
  } // prettier-ignore
}

function run(seed: number, end: number, cost: number, rounds: boolean): ArmRun {
  const points = MARKS.map((mark, i) => {
    const accuracy = end * (1 - Math.exp(-i)) + (i > 0 ? 0.02 * Math.sin(seed * 7 + i) : 0)
    const tokens = mark === 0 ? 0 : mark + 37 * (seed % 10) * i
    const questions = Math.round(tokens / cost)
    return {
      mark, tokens, step: i * 20, questions, seconds: i * 60, accuracy: Math.max(0, accuracy), variants: { greedy: Math.min(1, end * 1.1) },
      meanLength: 20, ...(rounds && { majority: end, notesRight: i === 0 ? undefined : 0.5 }),
    } // prettier-ignore
  })
  return { seed, points }
}

const VOID = new Set(['!doctype', 'meta', 'line'])

/** Throws where a tag is left open or closes another. Attributes may not hold “>”: the page escapes it. */
function nesting(page: string): number {
  const open: string[] = []
  let tags = 0
  for (const [all, slash, name] of page.matchAll(/<(\/?)([!a-zA-Z][\w-]*)[^>]*>/g)) {
    tags++
    if (slash) expect(open.pop(), `what ${all} closes`).toBe(name)
    else if (!VOID.has(name!) && !all.endsWith('/>')) open.push(name!)
  }
  expect(open).toEqual([])
  return tags
}

/** Markup of one arm in one plot. */
function armsOf(page: string): string[] {
  return page.split('<g class="arm"').slice(1).map((rest) => rest.slice(0, rest.indexOf('</text>')))
}

describe('the page of a reproduction', () => {
  const results = fixture()
  const page = reportPage(study, results)
  const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; ‘co’'

  it('is well nested, loads nothing and runs nothing', () => {
    expect(nesting(page)).toBeGreaterThan(400)
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/)
    expect(() => nesting('<p><b>x</p></b>')).toThrow()
  })

  it('names every arm and every claim, escaped', () => {
    for (const name of ['one-round GRPO', `MOTIF ${escaped}`, 'every round trained', 'lonely']) {
      expect(page).toContain(`<h3>${name}</h3>`) // its settings
      expect(page).toContain(`</svg>${name}\n`) // its row
      expect(page).toContain(`<title>${name} at 80k tokens: `) // its marks in the plots
    }
    expect(page).toContain(`<h3>A claim, ${escaped}</h3><p>It says ${escaped}.</p>`)
    expect(page).toContain('<td>.25 ± .01</td>')
  })

  it('writes no number that is none', () => {
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/)
    expect(page).toContain('<th scope="row">2</th><td>–</td>')
  })

  it('gives a band and faint lines to arms of several seeds, and none to an arm of one', () => {
    const arms = armsOf(page)
    expect(arms).toHaveLength(4 * 2 * SIZES.length) // four arms by tokens and by questions, broad and slim
    for (const arm of arms) {
      const lonely = arm.includes('>lonely<')
      expect(arm.split('class="band"').length - 1).toBe(lonely ? 0 : 1)
      expect(arm.split('class="seed"').length - 1).toBe(lonely ? 0 : 3)
      expect(arm.split('class="mean"').length - 1).toBe(1)
    }
    expect(page).toContain('One seed only; 1\u00a0seed<')
  })

  it('has each mark with its interval in the table, and no section for a set without arms', () => {
    const { mean, half } = results.arms[2]!.accuracy[4]!
    const f = (x: number) => x.toFixed(3).slice(1)
    expect(page).toContain(`<td>${f(mean)} <span class="half">± ${f(half!)}</span></td>`)
    expect(page).toContain('<th scope="col">generated tokens</th><th scope="col">0</th><th scope="col">20k</th>')
    expect(page).not.toContain('A set without arms')
  })

  it('says how to make it again, and by which seeds', () => {
    expect(page).toContain('npm run reproduce -- --method motif --seeds 3 --json motif.json --report motif.html')
    expect(page).toContain('<dd>101–103</dd>')
    expect(page).not.toContain('proves nothing')
    expect(page).not.toContain('Unfinished')
  })

  it('warns of a quick try and of runs that are missing; an arm without runs has no line', () => {
    const arms = results.arms.map((arm, i) => (i === 0 ? summarise({ ...arm, spec: () => arm.spec, seeds: [101] }, [], MARKS) : arm))
    const partial = reportPage(study, fixture({ quick: true, arms, missing: ['long/one-round-grpo 104'] }))
    nesting(partial)
    expect(partial).not.toMatch(/NaN|undefined|Infinity/)
    expect(partial).toContain('This proves nothing.')
    expect(partial).toContain('--method motif --quick --json')
    expect(partial).toContain('Unfinished.')
    expect(partial).toContain('long/one-round-grpo 104')
    expect(partial).toContain('<dd>101–104</dd>')
    expect(armsOf(partial)).toHaveLength(3 * 2 * SIZES.length)
    expect(reportPage(study, fixture({ arms: [arms[0]!], claims: [] }))).not.toContain('<figure')
  })

  it('names runs that ended before a mark', () => {
    const cut = ({ seed, points }: ArmRun) => ({ seed, points: points.map((p) => ({ ...p, tokens: Math.min(p.tokens, 50_000) })) })
    const arms = results.arms.map((arm) => (arm.name === 'lonely' ? { ...arm, runs: arm.runs.map(cut) } : arm))
    expect(page).not.toContain('ended before a mark')
    expect(reportPage(study, fixture({ arms }))).toContain('ended before a mark, where their last evaluation stands in: lonely (seed 101).')
  })
})

describe('a plot', () => {
  const curve = (name: string, ys: number[], half?: number): Curve =>
    ({ name, end: '.5', style: 0, seeds: [], points: ys.map((y, x) => ({ x, y, half, says: name })) }) // prettier-ignore

  it('draws the band by mean ± half, cut at 0 and 1', () => {
    const size = { name: 'n', width: 240, labels: 110, height: 100, characters: 9 }
    const { text } = plotSvg({ title: 't', xLabel: 'x', ticks: [0, 1], curves: [curve('a', [0.5, 0.9], 0.25)] }, size)
    expect(text).toContain('class="band" d="M30 35L130 10L130 45L30 85Z"') // y = 110 − 100 · value; .9 + .25 is cut to 1
    expect(text).toContain('class="mean" d="M30 60L130 20"')
  })

  it('keeps the names of curves that end together apart, within the plot', () => {
    for (const size of SIZES) {
      const names = ['a name', 'a rather longer name of an arm', 'b', 'c', 'another arm altogether', 'd']
      const { text } = plotSvg({ title: 't', xLabel: 'x', curves: names.map((name, i) => curve(name, [0.1, 0.9 + i / 1000])) }, size)
      const height = Number(/viewBox="0 0 \d+ ([\d.]+)"/.exec(text)![1])
      const spans = [...text.matchAll(/<text x="\d+" y="([\d.-]+)">(.*?)<\/text>/gs)].map(([, y, inner]) => {
        const lines = inner!.split('<tspan').length - 1
        return { first: Number(y), last: Number(y) + 14 * (lines - 1) }
      })
      spans.sort((a, b) => a.first - b.first)
      expect(spans).toHaveLength(names.length)
      spans.slice(1).forEach(({ first }, i) => expect(first - spans[i]!.last).toBeGreaterThanOrEqual(14))
      expect(spans[0]!.first).toBeGreaterThan(8)
      expect(spans.at(-1)!.last).toBeLessThan(height)
    }
  })

  it('spreads blocks least, about their middle', () => {
    expect(spread([50, 50], [10, 10], 0, 100)).toEqual([45, 55])
    expect(spread([80, 10, 95], [10, 10, 10], 0, 100)).toEqual([80, 10, 90])
    expect(spread([-5, 0], [10, 10], 0, 100)).toEqual([0, 10])
    expect(spread([], [], 0, 100)).toEqual([])
  })

  it('breaks names between words', () => {
    expect(wrap('the same, adapter in round 1 only', 13)).toEqual(['the same,', 'adapter in', 'round 1 only'])
    expect(wrap('unbreakablelongword x', 5)).toEqual(['unbreakablelongword', 'x'])
  })

  it('takes round numbers', () => {
    expect(roundTicks(500, 5)).toEqual([0, 100, 200, 300, 400, 500])
    expect(roundTicks(88, 5)).toEqual([0, 20, 40, 60, 80])
    expect(roundTicks(1, 5)).toEqual([0, 1])
  })
})

describe('settings', () => {
  it('are those that set an arm apart', () => {
    const specs = [parseSpec({ algorithm: { name: 'grpo' }, steps: 7 }), parseSpec({ algorithm: { name: 'motif' }, steps: 7 })]
    const [grpo, motif] = differences(specs)
    expect(grpo).toContainEqual(['algorithm.name', '"grpo"'])
    expect(motif).toContainEqual(['algorithm.name', '"motif"'])
    expect(motif!.map(([path]) => path)).toContain('algorithm.trajectories')
    expect([...grpo!, ...motif!].map(([path]) => path)).not.toContain('steps')
    expect(differences([specs[0]!])).toEqual([[]])
  })
})
