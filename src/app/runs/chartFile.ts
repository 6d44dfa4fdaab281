/** A chart as a file: its SVG with every colour written out, and the same as PNG. */
import { say } from '../words/say'

/** What of an element's style a chart uses. */
const STYLES = [
  'fill', 'fill-opacity', 'stroke', 'stroke-opacity', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'stroke-linecap', 'opacity',
  'font-size', 'font-family', 'font-weight', 'text-anchor', 'paint-order',
]
const SPACE = 14
const LINE = 18

export interface Legend {
  name: string
  /** As CSS has it: var(--…) is resolved. */
  colour: string
}

/** The chart's SVG on paper, with its title above and its legend below. */
export function svgText(svg: SVGSVGElement, title: string, legend: readonly Legend[] = []): string {
  const { width, height } = svg.getBoundingClientRect()
  const copy = svg.cloneNode(true) as SVGSVGElement
  const [from, to] = [[svg, ...svg.querySelectorAll('*')], [copy, ...copy.querySelectorAll('*')]]
  from.forEach((element, i) => {
    const style = getComputedStyle(element)
    for (const name of STYLES) to[i]!.setAttribute(name, style.getPropertyValue(name))
    to[i]!.removeAttribute('class')
    to[i]!.removeAttribute('style')
  })
  const page = getComputedStyle(document.body)
  const [paper, ink, font] = [page.backgroundColor, page.color, page.fontFamily]
  const [full, wide] = [height + LINE * (1 + legend.length) + 3 * SPACE, width + 2 * SPACE]
  copy.setAttribute('x', String(SPACE))
  copy.setAttribute('y', String(LINE + SPACE))
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  copy.setAttribute('overflow', 'visible') // names at the ends of curves may stand out
  const names = legend.map(({ name, colour }, i) => {
    const y = height + LINE * (2 + i) + 1.5 * SPACE
    return `<circle cx="${SPACE + 5}" cy="${y - 4}" r="4.5" fill="${resolved(colour)}"/><text x="${SPACE + 16}" y="${y}">${escape(name)}</text>`
  })
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${full}" viewBox="0 0 ${wide} ${full}">` +
    `<rect width="100%" height="100%" fill="${paper}"/>` +
    `<g fill="${ink}" font-family="${escape(font)}" font-size="13"><text x="${SPACE}" y="${SPACE + 8}" font-weight="600">${escape(title)}</text>${names.join('')}</g>` +
    `${new XMLSerializer().serializeToString(copy)}</svg>`
  )
}

/** Twice as large as on the page, for slides. */
export async function pngOf(svg: string, scale = 2): Promise<Blob> {
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.width * scale
  canvas.height = image.height * scale
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => {
      if (blob) done(blob)
      else fail(new Error(say`this browser could not make the picture; save the chart as SVG.`))
    }, 'image/png')
  })
}

function resolved(colour: string): string {
  const probe = document.createElement('i')
  probe.style.color = colour
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
