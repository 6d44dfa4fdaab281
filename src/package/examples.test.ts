/**
 * Every file in examples is run. Specs for the bundled models: one or two tiny steps and an evaluation on the GPU's kernels. Specs for
 * models that would have to be downloaded: two steps on a policy that writes from a script. The job: imported, with its rows, on the
 * kernels. Elsewhere: the papers' specs, two steps each on a script, in src/cli/papers.test.ts; OpenAI's graders in src/cli/grade.test.ts;
 * the scripts for the outside from the packed file, by `npm run test:package`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readJob } from '../cli/import'
import { PUBLIC } from '../cli/model'
import { scriptedHost } from '../cli/script.fixture'
import { nodeSandbox } from '../graders/sandbox/node'
import { setSandbox } from '../graders/sandbox/session'
import { catalog } from '../hub/catalog'
import type { Host } from '../policy/host'
import { createRun } from '../runs/run'
import { parseSpec, type RunSpec } from '../runs/spec'
import { openNodeHost } from '../workers/node'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(sep).join('/'))
  .filter((name) => /\.(json|jsonl|mjs)$/.test(name) && !name.startsWith('results/')) // figures that were measured, no examples
const specs = files.filter((name) => /^[^/]+\.json$/.test(name)).map((name) => ({ name, spec: parseSpec(readFileSync(join(EXAMPLES, name), 'utf8')) }))
const bundled = specs.filter(({ spec }) => catalog.some(({ id, path }) => id === spec.model && path !== undefined))
const distant = specs.filter((one) => !bundled.includes(one))

/** Run elsewhere, as the header says; read here, so that none is forgotten. */
const ELSEWHERE = [
  ...['grpo-vanilla', 'merf', 'motif', 'reft'].map((name) => `papers/${name}.json`),
  ...['judge', 'python', 'tool-call'].map((name) => `rft/graders/${name}.json`),
  'outside/train.mjs', 'outside/benchmark.mjs',
] // prettier-ignore
const WITH_THE_JOB = ['rft/job.json', 'rft/train.jsonl', 'rft/test.jsonl']

/** The same spec with fewer of everything. Algorithms that have a warm-up make a step of it and one of their own. */
function tiny(spec: RunSpec): RunSpec {
  const fewer = {
    questions: 1, num_generations: 4, trajectories: 2, demonstrations: 4, sft_epochs: 1, sft_questions: 4, num_ppo_epochs: 1, max_completion_length: 24,
  } // prettier-ignore
  const kept = Object.entries(fewer).filter(([name, most]) => name in spec.algorithm && Number(spec.algorithm[name as never]) > most)
  const algorithm = { ...spec.algorithm, ...Object.fromEntries(kept) }
  return { ...spec, algorithm, steps: algorithm.name === 'reft' ? 2 : 1, evaluation: { ...spec.evaluation, every: 0, at_start: false, problems: 2, max_completion_length: 24 } }
}

async function play(spec: RunSpec, host: Host) {
  const run = createRun(spec, host)
  run.play()
  const { evaluations, steps } = await run.done
  const { reports } = run
  await run.close()
  expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: spec.steps }, (_, i) => i + 1))
  expect(steps).toBe(spec.steps)
  for (const { metrics } of reports) expect(metrics.loss).toSatisfy(Number.isFinite)
  expect(evaluations.at(-1)).toMatchObject({ step: spec.steps, problems: spec.evaluation.problems })
  return reports
}

it('knows how each is run', () => {
  console.log(`${bundled.length} specs on the kernels, ${distant.length} on a script, ${WITH_THE_JOB.length} of the job, ${ELSEWHERE.length} elsewhere`)
  expect(files.sort()).toEqual([...specs.map(({ name }) => name), ...WITH_THE_JOB, ...ELSEWHERE].sort())
})

describe('on the kernels', () => {
  let host: Host
  beforeAll(async () => {
    setSandbox(nodeSandbox) // one of them has a grader in JavaScript
    host = await openNodeHost({ modelRoot: PUBLIC })
  })
  afterAll(async () => {
    setSandbox(undefined)
    await host.close()
  })

  it.each(bundled)('$name', async ({ spec }) => {
    const reports = await play(tiny(spec), host)
    for (const { metrics } of reports) expect(metrics.grad_norm).toSatisfy(Number.isFinite)
  })

  it('rft/job.json, with the rows of train.jsonl and test.jsonl', async () => {
    const { spec } = await readJob(join(EXAMPLES, 'rft/job.json'), {})
    const rows = readFileSync(join(EXAMPLES, 'rft/train.jsonl'), 'utf8')
    const [report] = await play(tiny(spec), host)
    for (const { answer } of report!.groups) expect(rows).toContain(`"answer": "${answer}"`)
  })
})

describe('on a script', () => {
  it.each(distant)('$name', async ({ spec }) => {
    const host = scriptedHost((_prompt, _key, at) => (at % 2 === 0 ? '4' : '7'))
    const reports = await play({ ...tiny(spec), steps: 2 }, host)
    expect(reports[0]!.groups[0]!.completions).toHaveLength(4)
  })
})
