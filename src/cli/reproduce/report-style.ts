/**
 * The report's style sheet: the page's paper and ink, light and dark, on paper light. The seven colours of arms keep a distance in
 * OKLab of at least .07 from each other also as the colour-blind see them; shapes say the same again.
 */
import { Markup } from './report-html'

const LIGHT = `color-scheme: light; --paper: #fbfaf6; --card: #fff; --ink: #1d1c1a; --soft: #67645d; --hair: #e3dfd6;
  --quiet: #f1eee6; --down: #b84716;
  --c0: #1d1c1a; --c1: #0b67ad; --c2: #c4500f; --c3: #1b9c7c; --c4: #8f3080; --c5: #ab8a00; --c6: #6b2d16; --band: .13`
const DARK = `color-scheme: dark; --paper: #161513; --card: #1e1d1a; --ink: #ece8df; --soft: #a19c91; --hair: #34322d;
  --quiet: #24221e; --down: #f08a5b;
  --c0: #ece8df; --c1: #3a86d6; --c2: #f0804d; --c3: #43cfa3; --c4: #d68ccb; --c5: #ecd25c; --c6: #a0603c; --band: .2`

export const STYLE = new Markup(`
:root { ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Inter, 'Noto Sans', sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 36px 28px 64px }
h1, h2, h3 { font-family: Georgia, 'Source Serif 4', 'Iowan Old Style', 'Noto Serif', serif; line-height: 1.25; text-wrap: balance }
h1 { font-size: 34px; font-style: italic; margin: 0 }
h2 { font-size: 21px; margin: 52px 0 14px; padding-top: 20px; border-top: 1.5px solid var(--ink) }
h3 { font-size: 16px; margin: 28px 0 6px }
p { margin: 0 0 10px; max-width: 78ch }
code, pre { background: var(--quiet); border-radius: 4px;
  font: 12.5px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace }
code { padding: 1px 5px; overflow-wrap: anywhere }
pre { padding: 10px 14px; overflow-x: auto; max-height: 420px }
.command { white-space: pre-wrap }
.about::first-letter { text-transform: uppercase }
.about { font-size: 17px; color: var(--soft) }
.soft { color: var(--soft); font-size: 13.5px }
.warning { border-left: 3px solid var(--down); background: var(--quiet); padding: 9px 14px; margin: 14px 0; overflow-wrap: anywhere }
.warning b { color: var(--down) }
dl { display: flex; flex-wrap: wrap; gap: 12px 36px; margin: 20px 0 18px }
dt { color: var(--soft); font-size: 12.5px }
dd { margin: 0; font-variant-numeric: tabular-nums }

/* plots */
.plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px 28px }
figure { margin: 0 0 14px }
figcaption { font-weight: 600; font-size: 13.5px; margin-bottom: 4px }
.plot { display: block; width: 100%; height: auto; overflow: visible; font-size: 12px; font-variant-numeric: tabular-nums }
.plot.slim { display: none }
.plot text { fill: var(--ink); font-weight: 600 }
.plot .tick, .plot .end { fill: var(--soft); font-weight: 400 }
.hair { stroke: var(--hair) }
.arm { transition: opacity .15s }
.band { fill: var(--c); opacity: var(--band); pointer-events: none }
.seed, .mean, .leader { fill: none; stroke: var(--c); stroke-linejoin: round }
.seed { opacity: .32; pointer-events: none }
.mean { stroke-width: 2.2 }
.leader { opacity: .6; stroke-dasharray: 1 3; stroke-linecap: round }
.symbol { fill: var(--c); stroke: var(--paper) }
.plot:has(.arm:hover) .arm:not(:hover) { opacity: .15 }

/* tables */
.wide { overflow-x: auto; margin: 8px 0 18px }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
.set table { width: 100% }
th, td { padding: 6px 0 6px 22px; text-align: right; vertical-align: top; border-top: 1px solid var(--hair) }
th:first-child { padding-left: 0; text-align: left; font-weight: 400 }
td { white-space: nowrap }
thead th { border-top: 0; border-bottom: 1px solid var(--soft); color: var(--soft); font-size: 12.5px; font-weight: 400;
  vertical-align: bottom }
thead + tbody > tr:first-child > *, .set tbody > tr + tr > * { border-top: 0 }
.set tbody > tr + tr > * { padding-top: 0 }
.set tbody > tr + tr > :first-child { padding-left: 20px }
.half { color: var(--soft); font-size: 12.5px }
.set .arm-row th { font-weight: 600; padding: 9px 0 5px 20px; text-indent: -20px }
.arm-row small { font-weight: 400; color: var(--soft); font-size: 12.5px; margin-left: 8px }
.other > * { font-size: 12.5px; color: var(--soft) }
.key { width: 13px; height: 13px; margin-right: 7px; vertical-align: -1.5px }

details { margin: 8px 0 }
summary { cursor: pointer; color: var(--soft); font-size: 13.5px }
summary:hover { color: var(--ink) }
:focus-visible { outline: 2px solid var(--c1); outline-offset: 2px }
.settings h3 { font-size: 14.5px; margin: 18px 0 2px }
.settings ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 6px; margin: 6px 0 }
.reading ul { padding-left: 20px; max-width: 84ch }
.reading li { margin-bottom: 6px }

@media screen and (max-width: 1000px) { .plots { grid-template-columns: minmax(0, 640px) } }
@media screen and (max-width: 560px) {
  main { padding: 22px 16px 48px }
  h1 { font-size: 28px }
  .plot.broad { display: none }
  .plot.slim { display: block; max-width: 440px }
  dl { gap: 10px 24px }
  th, td { padding-left: 12px }
  .set .half { display: block }
  .set tbody > tr + tr > :first-child { padding-left: 0 }
  .arm-row small { display: block; margin: 0; text-indent: 0 }
}
@media print {
  @page { margin: 14mm }
  main { max-width: none; padding: 0 }
  body { font-size: 12.5px; background: none }
  .plot.broad, .settings { display: none }
  .plot.slim { display: block }
  .wide { overflow: visible }
  figure, article, tbody, tr { break-inside: avoid }
  h2, h3 { break-after: avoid }
}
`)
