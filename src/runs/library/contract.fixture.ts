/** What every library of runs must do, wherever it keeps them; throws at the first thing that it does not. */
import { writeCheckpoint } from '../checkpoint'
import { parseSpec } from '../spec'
import type { Evaluation, StepReport } from '../../rl/report'
import { newEntry } from './entry'
import type { RunLibrary } from './library'

export const reportOf = (step: number): StepReport => ({
  step,
  metrics: { reward: step / 10, generated_tokens: 100 * step, step_time: 2 },
  groups: [{
    prompt: `question ${step}`, solution: 's',
    completions: [{ text: 'a b', pieces: ['a', 'b'], finish: 'stop', scores: { exact: 1 }, reward: 1, advantage: 0 }],
  }],
  tokens: {
    sampled: [[-1]], logprob: [[-1]], entropy: [[0]], old: null, reference: null, advantages: [0], counts: [true], slope: [[0]],
  },
  resumable: true,
})

export const evaluationOf = (step: number): Evaluation => ({
  step, numTokens: 100 * step, questions: step, seconds: 5 * step, problems: 4, correct: 2, accuracy: 0.5, low: 0.2, high: 0.8,
  temperature: 1, rounds: 1, generations: 1, meanLength: 3,
})

const spec = parseSpec({ steps: 9 })
export const checkpointOf = (step: number): Uint8Array =>
  writeCheckpoint({
    spec, position: { step, numTokens: 0, generatedTokens: 0, questions: 0 }, evaluations: [evaluationOf(0)], seconds: step,
    policy: new Uint8Array(50 + step).fill(step),
  })

export async function checkLibrary(library: RunLibrary): Promise<void> {
  const entry = newEntry(spec, await library.list())
  const { id } = entry
  await library.add(entry)
  await library.append(id, { evaluation: evaluationOf(0) })
  for (const step of [1, 2, 3, 10]) await library.append(id, { report: reportOf(step), checkpoint: step === 2 ? checkpointOf(2) : undefined })
  await library.append(id, { evaluation: evaluationOf(3) })

  const kept = await library.read(id)
  same(kept.reports.map(({ step }) => step), [1, 2, 3, 10], 'rows in the order of their steps')
  same(kept.reports[0], without(reportOf(1)), 'a step with its groups, without the numbers of its tokens')
  same(kept.evaluations.map(({ step }) => step), [0, 3], 'evaluations')
  same([kept.entry.step, kept.entry.reward, kept.entry.accuracy, kept.entry.tokens], [10, 1, 0.5, 1000], 'the entry follows its rows')
  same([...(await library.checkpoint(id))!], [...checkpointOf(2)], 'the checkpoint')

  await library.append(id, { checkpoint: checkpointOf(3) })
  const { slot } = (await library.append(id, { checkpoint: checkpointOf(10) })).checkpoint!
  same([...(await library.checkpoint(id))!], [...checkpointOf(10)], 'the newest of two checkpoints')
  same((await library.append(id, {})).checkpoint?.slot, slot, 'the slot of the newest')

  await library.cutBack(id, 2, [evaluationOf(0)])
  const cut = await library.read(id)
  same([cut.reports.map(({ step }) => step), cut.evaluations.map(({ step }) => step), cut.entry.step], [[1, 2], [0], 2], 'rows cut back')

  const before = await library.read(id)
  await refused(library.append(id, { report: { ...reportOf(3), step: (() => 1) as unknown as number } }), 'a row that no table takes')
  same(await library.read(id), before, 'nothing of a transaction that failed')
  await refused(library.read('nobody'), 'a run that is not there')

  await library.putAdapter(id, { 'adapter_config.json': new Uint8Array([1, 2]), 'adapter_model.safetensors': new Uint8Array([3]) })
  const adapter = (await library.adapter(id))!
  same(Object.entries(adapter).map(([name, bytes]) => [name, ...bytes]), [['adapter_config.json', 1, 2], ['adapter_model.safetensors', 3]], 'the adapter')

  await library.change(id, { name: 'another', note: 'why', colour: 3 })
  const other = newEntry(spec, await library.list())
  await library.add(other)
  await library.append(other.id, { report: reportOf(1) })
  same((await library.read(id)).entry.name, 'another', 'a new name')
  await library.change(id, { removed: 5 })
  same((await library.list()).map((each) => each.id).includes(id), false, 'a removed run is not listed')
  await library.change(id, { removed: undefined })
  same((await library.list()).map((each) => each.id).includes(id), true, 'it can be brought back')
  await library.change(id, { removed: 5 })
  await library.sweep(10)
  await refused(library.read(id), 'a run that was swept away')
  same((await library.read(other.id)).reports.length, 1, 'rows of another run')

  const third = { ...other, id: crypto.randomUUID() }
  const put = await library.put({ entry: third, reports: [reportOf(1), reportOf(2)], evaluations: [evaluationOf(0)] }, { checkpoint: checkpointOf(2) })
  same([put.step, put.checkpoint?.step, put.accuracy], [2, 2, 0.5], 'a whole run')
  same((await library.read(third.id, 'whole')).reports, [reportOf(1), reportOf(2)].map(without), 'its rows')
  same((await library.read(third.id, 'curves')).reports.map(({ groups }) => groups.length), [0, 0], 'its curves')
  same([...(await library.checkpoint(third.id))!], [...checkpointOf(2)], 'its checkpoint')
  await library.change(third.id, { removed: 1 })

  const release = await library.claim(other.id)
  same([release === undefined, await library.claim(other.id)], [false, undefined], 'one writer')
  await release!()
  const again = await library.claim(other.id)
  same(again === undefined, false, 'the next writer')
  await again!()
  await library.change(other.id, { removed: 1 })
  await library.sweep(1)
}

const without = ({ tokens: _, ...rest }: StepReport) => rest

function same(seen: unknown, wanted: unknown, what: string): void {
  const [a, b] = [sorted(seen), sorted(wanted)]
  if (a !== b) throw new Error(`${what}: ${a} in place of ${b}`)
}

/** JSON whose keys are in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    (typeof each === 'object' && each !== null && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).sort()) : each)) ?? 'undefined'
}

async function refused(work: Promise<unknown>, what: string): Promise<void> {
  const done = await work.then(() => true, () => false)
  if (done) throw new Error(`${what}: it was taken`)
}
