/** One set of arms on the report's page: accuracy against generated tokens and against questions, and the table of both. */
import { mean } from '../../rl/math/statistics'
import { dataTable, html, type Markup } from './report-html'
import { plotSvg, short, SIZES, symbol, COLOURS, type Curve, type CurvePoint, type Plot } from './report-plot'
import { settings } from './report-settings'
import { write, type ArmResults, type Estimate, type Point, type Results } from './results'

/** @param styles colour and shape of an arm, by its name: the same in all sets */
export function setSection(results: Results, title: string, arms: ArmResults[], styles: Map<string, number>): Markup {
  const curves = (read: (point: Point, arm: ArmResults) => number) =>
    arms.flatMap((arm) => curve(arm, styles.get(arm.name)!, results.marks, (point) => read(point, arm)))
  const plots: Plot[] = [
    {
      title: 'Accuracy against generated tokens',
      xLabel: 'generated tokens',
      ticks: results.marks,
      curves: curves(({ mark, tokens }, { updates }) => (updates === undefined ? tokens : mark)),
    },
    { title: 'Accuracy against questions', xLabel: 'questions used', curves: curves(({ questions }) => questions) },
  ]
  return html`
<section class="set"><h2>${title}</h2>
${plots[0]!.curves.length > 0 && html`<div class="plots">${plots.map((plot) => html`
<figure><figcaption>${plot.title}</figcaption>${SIZES.map((size) => plotSvg(plot, size))}</figure>`)}</div>`}
${armTable(results.marks, arms, styles)}
${settings(arms)}
</section>`
}

/** None where no run is there yet. */
function curve(arm: ArmResults, style: number, marks: number[], read: (point: Point) => number): Curve[] {
  const points = arm.accuracy.flatMap((accuracy, i): CurvePoint[] => {
    const xs = arm.runs.flatMap(({ points }) => (points[i] ? [read(points[i])] : []))
    if (xs.length === 0) return []
    const says = `${arm.name} at ${short(marks[i]!)} tokens: ${write(accuracy)} (${count(accuracy)})`
    return [{ x: mean(xs), y: accuracy.mean, half: accuracy.half, says }]
  })
  if (points.length === 0) return []
  const seeds = arm.runs.length > 1 ? arm.runs.map(({ points }) => points.map((point) => ({ x: read(point), y: point.accuracy }))) : []
  return [{ name: arm.name, end: write(arm.accuracy.at(-1)!), style, points, seeds }]
}

function armTable(marks: number[], arms: ArmResults[], styles: Map<string, number>): Markup {
  const bodies = arms.map(({ name, title, runs, accuracy, others }) => {
    const style = styles.get(name)!
    const asked = marks.map((_, i) => mean(runs.flatMap(({ points }) => (points[i] ? [points[i].questions] : []))))
    return html`
<tbody><tr class="arm-row"><th scope="rowgroup" colspan="${marks.length + 1}">
<svg class="key" viewBox="-6 -6 12 12" aria-hidden="true" style="--c:var(--c${style % COLOURS})">${symbol(style, 0, 0)}</svg>${name}
<small>${title}; ${runs.length === 1 ? '1\u00a0seed' : `${runs.length}\u00a0seeds`}</small></th></tr>
<tr><th scope="row">accuracy</th>${accuracy.map(estimateCell)}</tr>
${Object.entries(others).map(([other, of]) => html`<tr class="other"><th scope="row">${other}</th>${of.map(estimateCell)}</tr>`)}
<tr class="other"><th scope="row">questions</th>${asked.map((n) => html`<td>${whole(n)}</td>`)}</tr></tbody>`
  })
  return dataTable(['generated tokens', ...marks.map(short)], bodies, 'accuracy at each mark')
}

/** “.832” and “± .018”, which goes below where there is little room. */
function estimateCell({ half, ...of }: Estimate): Markup {
  return html`<td>${write(of)}${half !== undefined && html` <span class="half">± ${write({ mean: half, seeds: of.seeds })}</span>`}</td>`
}

function whole(n: number): string {
  return Number.isFinite(n) ? Math.round(n).toLocaleString('en') : '–'
}

function count({ seeds }: Estimate): string {
  return seeds === 1 ? 'one seed, no interval' : `${seeds} seeds`
}
