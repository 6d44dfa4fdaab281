/** What is edited in “What if”: a draft of its own beside the form's, and rewards by hand; kept as long as the run is on the page. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { parseSpec, type RunSpec } from '../../runs/spec'
import { read, toDraft, write, type Draft } from '../draft'
import { createPageStore, type PageStore } from '../store'
import type { ByHand } from './outcome'

export interface Edit {
  /** A page's store of which only the draft counts, so that the form's own fields can edit it. */
  page: PageStore
  /** By step. */
  hand: StoreApi<Readonly<Record<number, ByHand>>>
}

const edits = new WeakMap<RunSpec, Edit>()

export function editOf(spec: RunSpec): Edit {
  const edit = edits.get(spec) ?? { page: createPageStore(toDraft(spec)), hand: createStore<Readonly<Record<number, ByHand>>>(() => ({})) }
  edits.set(spec, edit)
  return edit
}

/** Settings of algorithms that rewards and advantages come of; each method has some of them. */
export const REWARD_SETTINGS = [
  'scale_rewards', 'baseline', 'multi_objective_aggregation', 'normalize_advantages', 'format_weight', 'overlong_penalty',
  'missing_eos_penalty', 'kl_coef', 'whiten_rewards', 'lam', 'gamma',
]

/** The spec with the edited reward; throws one sentence where it is none. */
export function editedSpec(spec: RunSpec, edited: Draft): RunSpec {
  const draft = toDraft(spec)
  return parseSpec({ ...draft, graders: edited.graders, algorithm: edited.algorithm })
}

/** Paths of what differs from the run. */
export function changedPaths(spec: RunSpec, edited: Draft): string[] {
  const own = toDraft(spec)
  const paths = ['graders', ...REWARD_SETTINGS.map((name) => `algorithm.${name}`)]
  return paths.filter((path) => JSON.stringify(read(own, path)) !== JSON.stringify(read(edited, path)))
}

/** The form's draft with the changed reward. What belongs to another method than the form's stays out. */
export function takeOver(form: Draft, spec: RunSpec, edited: Draft): Draft {
  const same = read(form, 'algorithm.name') === spec.algorithm.name
  return changedPaths(spec, edited)
    .filter((path) => path === 'graders' || same)
    .reduce((draft, path) => write(draft, path, read(edited, path)), form)
}
