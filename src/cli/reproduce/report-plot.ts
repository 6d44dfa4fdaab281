/** Curves with bands as SVG: means strong, seeds faint, names where the lines end. Colours and shapes are an arm's own. */
import { html, type Markup } from './report-html'
import { spread, wrap } from './report-labels'

export interface CurvePoint {
  x: number
  /** 0 … 1. */
  y: number
  /** Half of the interval about y; a point without one has no band. */
  half?: number | undefined
  /** What a reader who points at it is told. */
  says: string
}

export interface Curve {
  name: string
  /** The value where it ends, as text. */
  end: string
  /** Which colour and shape, from 0. */
  style: number
  points: CurvePoint[]
  seeds: { x: number; y: number }[][]
}

export interface Plot {
  title: string
  xLabel: string
  /** Marks of the x-axis; round numbers when left out. */
  ticks?: number[] | undefined
  curves: Curve[]
}

/** Pixels: of the whole, of the names at the right, and of the smallest height of the field. */
export interface Size {
  name: string
  width: number
  labels: number
  height: number
  /** Characters in a line of a name. */
  characters: number
}

export const SIZES: Size[] = [
  { name: 'broad', width: 540, labels: 172, height: 320, characters: 20 },
  { name: 'slim', width: 350, labels: 118, height: 260, characters: 13 },
]

/** The report's style sheet has so many colours --c0 …; arms beyond take dashes. */
export const COLOURS = 7
const TOP = 10
const LEFT = 30
const BOTTOM = 40
const LINE = 14
const GAP = 6

export function plotSvg({ title, xLabel, ticks, curves }: Plot, size: Size): Markup {
  const names = curves.map(({ name }) => wrap(name, size.characters))
  const heights = names.map((lines) => (lines.length + 1) * LINE + GAP)
  const height = Math.max(size.height, heights.reduce((sum, h) => sum + h, 0))
  const right = size.width - size.labels
  const [floor, text] = [TOP + height, right + 30]
  const most = Math.max(...curves.flatMap(({ points, seeds }) => [...points, ...seeds.flat()].map(({ x }) => x)), ...(ticks ?? []), 1)
  const x = (value: number) => LEFT + (value / most) * (right - LEFT)
  const y = (value: number) => floor - Math.max(0, Math.min(1, value)) * height
  const line = (points: { x: number; y: number }[]) => points.map((p, i) => `${i === 0 ? 'M' : 'L'}${at(x(p.x))} ${at(y(p.y))}`).join('')
  const band = (points: CurvePoint[]) => {
    const known = points.flatMap((p) => (p.half === undefined ? [] : [{ x: p.x, y: p.y, half: p.half }]))
    if (known.length < 2) return undefined
    const edge = (sign: number) => known.map((p) => ({ x: p.x, y: p.y + sign * p.half }))
    return `${line(edge(1))}${line(edge(-1).reverse()).replace('M', 'L')}Z`
  }
  const tops = spread(curves.map(({ points }) => y(points.at(-1)!.y) - LINE / 2), heights, TOP - LINE / 2, floor + GAP + LINE / 2)

  const grid = [0, 0.25, 0.5, 0.75, 1].map((value) => html`
<line class="hair" x1="${LEFT}" x2="${right}" y1="${at(y(value))}" y2="${at(y(value))}"/>
<text class="tick" x="${LEFT - 6}" y="${at(y(value) + 4)}" text-anchor="end">${String(value).replace(/^0\./, '.')}</text>`)
  const marks = thin(ticks ?? roundTicks(most, size.width > 400 ? 5 : 3), size.width > 400 ? 8 : 4).map((value) => html`
<line class="hair" x1="${at(x(value))}" x2="${at(x(value))}" y1="${floor}" y2="${floor + 4}"/>
<text class="tick" x="${at(x(value))}" y="${floor + 17}" text-anchor="middle">${short(value)}</text>`)
  const arms = curves.map(({ end, style, points, seeds }, i) => {
    const last = points.at(-1)!
    const label = tops[i]! + LINE / 2
    const area = band(points)
    return html`
<g class="arm" style="--c:var(--c${style % COLOURS})">
${area !== undefined && html`<path class="band" d="${area}"/>`}
${seeds.map((seed) => html`<path class="seed" d="${line(seed)}"/>`)}
<path class="leader" d="M${at(x(last.x) + 7)} ${at(y(last.y))}H${right + 6}L${text - 13} ${at(label)}"/>
<path class="mean" d="${line(points)}"${style >= COLOURS && html` stroke-dasharray="6 3"`}/>
${points.map((p) => html`<g><title>${p.says}</title>${symbol(style, x(p.x), y(p.y))}</g>`)}
${symbol(style, text - 7, label)}
<text x="${text}" y="${at(label + 4)}">${names[i]!.map((words, l) => html`<tspan x="${text}" dy="${l === 0 ? 0 : LINE}">${words}</tspan> `)}
<tspan class="end" x="${text}" dy="${LINE}">${end}</tspan></text>
</g>`
  })
  return html`
<svg class="plot ${size.name}" viewBox="0 0 ${size.width} ${at(floor + BOTTOM)}" role="img"
 aria-label="${title}; the table below has the figures">
${grid}${marks}
<text class="tick" x="${at((LEFT + right) / 2)}" y="${floor + 34}" text-anchor="middle">${xLabel}</text>${arms}
</svg>`
}

const SHAPES = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z', // circle
  'M-3.6-3.6h7.2v7.2h-7.2Z',
  'M0-4.8L4.6 3.4H-4.6Z',
  'M0-5L5 0L0 5L-5 0Z',
  'M0 4.8L4.6-3.4H-4.6Z',
  'M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z', // plus
  'M0-5L4.8-1.5L2.9 4.1H-2.9L-4.8-1.5Z', // pentagon
]

export function symbol(style: number, x: number, y: number): Markup {
  return html`<path class="symbol" transform="translate(${at(x)} ${at(y)})" d="${SHAPES[style % SHAPES.length]}"/>`
}

/** 12.3k for 12,300. */
export function short(value: number): string {
  return value < 1000 ? String(value) : `${Number((value / 1000).toFixed(2))}k`
}

/** From 0 in steps of 1, 2 or 5 times a power of ten, at most `most` steps. */
export function roundTicks(end: number, most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(end / most))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((by) => by >= 1 && end / by <= most) ?? 10 * power
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step)
}

function thin(ticks: number[], most: number): number[] {
  const every = Math.ceil((ticks.length - 1) / most)
  return ticks.filter((_, i) => i % Math.max(1, every) === 0)
}

function at(pixels: number): number {
  return Number(pixels.toFixed(1))
}
