/** The settings of the arms: what sets them apart from the others of their set, and the whole spec of the first seed. */
import type { RunSpec } from '../../runs/spec'
import { html, type Markup } from './report-html'
import type { ArmResults } from './results'

export function settings(arms: ArmResults[]): Markup {
  const own = differences(arms.map(({ spec }) => spec))
  return html`<details class="settings"><summary>Settings of these arms</summary>
${arms.map(({ name, title, spec }, i) => html`
<section><h3>${name}</h3><p class="soft">${title}</p>
${own[i]!.length > 0
  ? html`<ul>${own[i]!.map(([path, value]) => html`<li><code>${path} = ${value}</code></li>`)}</ul>`
  : html`<p class="soft">Nothing sets it apart from the others of this set.</p>`}
<details><summary>whole spec of seed ${spec.seed}</summary><pre>${JSON.stringify(spec, null, 2)}</pre></details></section>`)}
</details>`
}

/** Of each spec the paths, with values as JSON, at which not all specs have the same. */
export function differences(specs: RunSpec[]): [string, string][][] {
  const all = specs.map((spec) => leaves(spec, ''))
  const differs = (path: string) => new Set(all.map((of) => of.get(path))).size > 1
  return all.map((of) => [...of].filter(([path]) => differs(path)))
}

/** Everything that is no object, by its path; arrays are values. */
function leaves(value: unknown, path: string): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, JSON.stringify(value)]])
  const entries = Object.entries(value).filter(([, of]) => of !== undefined)
  return new Map(entries.flatMap(([key, of]) => [...leaves(of, path === '' ? key : `${path}.${key}`)]))
}
