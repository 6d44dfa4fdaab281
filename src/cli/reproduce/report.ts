/** A reproduction as one HTML page that stands alone: plots with intervals, tables, claims, settings; no script, nothing loaded. */
import { algorithms } from '../../rl/index'
import { dataTable, html, type Markup } from './report-html'
import { short } from './report-plot'
import { setSection } from './report-set'
import { STYLE } from './report-style'
import type { ArmResults, Claim, Results } from './results'
import type { Study } from './study'

/** @returns the text of an HTML file */
export function reportPage(study: Study, results: Results): string {
  const styles = new Map([...new Set(results.arms.map(({ name }) => name))].map((name, i) => [name, i]))
  const sets = Object.entries(study.sets).flatMap(([set, title]) => {
    const arms = results.arms.filter((arm) => arm.set === set)
    return arms.length > 0 ? [setSection(results, title, arms, styles)] : []
  })
  const { title } = heading(results)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><title>${title}</title><style>${STYLE}</style></head>
<body><main>
${head(results)}
${sets}
${results.claims.length > 0 && html`<section><h2>The paper’s claims, measured here</h2>${results.claims.map(claimSection)}</section>`}
${reading(results)}
</main></body></html>
`.text
}

function heading({ method, quick }: Results): { title: string; about: string | undefined } {
  const [name, about] = (Object.values(algorithms).find((of) => of.name === method)?.title ?? method).split(': ')
  return { title: `${name} in miniature${quick ? ', a quick try' : ''}`, about }
}

function head(results: Results): Markup {
  const { title, about } = heading(results)
  const { method, quick, marks, missing } = results
  const seeds = plannedSeeds(results)
  const options = quick ? '--quick' : `--seeds ${seeds.length}`
  return html`
<header><h1>${title}</h1>${about && html`<p class="about">${about}</p>`}
${quick && html`<p class="warning"><b>This proves nothing.</b> One seed and few tokens show that everything runs; another seed may
  well turn the order of the arms around.</p>`}
${missing.length > 0 && html`<p class="warning"><b>Unfinished.</b> Every figure is of what is there; still missing, and made by the
  command below: ${missing.join(', ')}.</p>`}
<dl>
<div><dt>model</dt><dd>${results.model}</dd></div>
<div><dt>generated tokens an arm</dt><dd>${(marks.at(-1) ?? 0).toLocaleString('en')}</dd></div>
<div><dt>seeds</dt><dd>${ranges(seeds)}</dd></div>
<div><dt>computed on</dt><dd>${results.device || '–'}</dd></div>
<div><dt>date</dt><dd><time>${results.date}</time></dd></div>
</dl>
<p class="soft">To make it again:</p>
<pre class="command">npm run reproduce -- --method ${method} ${options} --json ${method}.json --report ${method}.html</pre>
</header>`
}

/** Of the runs that are there and of those that are missing (“arm seed”). */
function plannedSeeds({ arms, missing }: Results): number[] {
  const all = [...arms.flatMap(({ runs }) => runs.map(({ seed }) => seed)), ...missing.map((run) => Number(run.split(' ').at(-1)))]
  return [...new Set(all)].sort((a, b) => a - b)
}

/** “101–105, 107”. */
function ranges(seeds: number[]): string {
  const runs: number[][] = []
  for (const seed of seeds) {
    if (runs.at(-1)?.at(-1) === seed - 1) runs.at(-1)!.push(seed)
    else runs.push([seed])
  }
  return runs.map((run) => (run.length > 1 ? `${run[0]}–${run.at(-1)}` : String(run[0]))).join(', ') || '–'
}

/** A mean and its interval stay on one line. */
function claimSection({ title, says, columns, rows }: Claim): Markup {
  const cell = (value: string | number) => (typeof value === 'number' && !Number.isFinite(value) ? '–' : value)
  const lines = rows.map(([first, ...rest]) => html`
<tr><th scope="row">${first !== undefined && cell(first)}</th>${rest.map((value) => html`<td>${cell(value)}</td>`)}</tr>`)
  return html`
<article><h3>${title}</h3><p>${says.replaceAll(' ± ', '\u00a0±\u00a0')}</p>
${dataTable(columns, html`<tbody>${lines}</tbody>`, title)}</article>`
}

function reading({ arms, marks }: Results): Markup {
  const early = arms.flatMap(stoppedEarly)
  const counted = arms.flatMap(({ name, updates }) => (updates === undefined ? [] : [`${name} (${updates})`]))
  const asked = new Set(arms.flatMap(({ others }) => Object.keys(others)))
  return html`
<section class="reading"><h2>How to read this</h2><ul>
<li>A strong line is the mean over seeds, its band the 95 % interval of that mean by Student’s t over seeds, with one degree of
  freedom fewer than seeds; a faint line is one seed. A band is cut off at 0 and 1. One seed has no interval.</li>
<li>Arms are compared at equal generated tokens: every completion token that was sampled for training, in whichever round, counts
  once; prompts and evaluations do not. Equal tokens are not equal time.</li>
<li>At a mark (${marks.map(short).join(', ')}) stands the first evaluation at or after it. A step’s tokens come all at once, so
  points lie a little beyond their marks; the plots show them where they are.</li>
${counted.length > 0 && html`<li>These generate nothing as they go, or all before they begin, and end after so many updates:
  ${[...new Set(counted)].join(', ')}. Their marks are equal parts of these updates, where the first plot shows them.</li>`}
<li>The second plot shows the same evaluations by the training questions that were asked until then. A question costs the arms
  different numbers of completions, so lines end at different places, having cost the same.</li>
<li>The same seed starts every arm from the same adapter; held-out problems are the same for all. Intervals are each arm’s own and
  leave this pairing unused.</li>
${asked.size > 0 && html`<li>Smaller rows of a table are the same runs seen otherwise: ${[...asked].map(explain).join('; ')}.</li>`}
${early.length > 0 && html`<li>These runs ended before a mark, where their last evaluation stands in: ${early.join(', ')}.</li>`}
</ul></section>`
}

function explain(name: string): string {
  if (name === 'majority') return 'majority, accuracy of the commonest of several answers'
  if (name === 'rerank') return 'rerank, accuracy of the answer that a reward model scores highest'
  if (name === 'weighted vote') return 'weighted vote, accuracy of the answer whose scores add up to most'
  if (name === 'notes right') return 'notes right, the share that is right of the notes that first rounds left'
  return `${name}, accuracy when asked in that way (evaluation.variants in the settings)`
}

function stoppedEarly({ name, runs, updates }: ArmResults): string[] {
  if (updates !== undefined) return []
  return runs.filter(({ points }) => points.some(({ tokens, mark }) => tokens < mark)).map(({ seed }) => `${name} (seed ${seed})`)
}
