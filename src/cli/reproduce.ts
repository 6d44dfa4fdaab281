/**
 * npm run reproduce -- --method NAME|all [--seeds N] [--quick] [--json FILE] [--report FILE.html] [--out DIR] [--arms A,B] [--device …]:
 * a method's headline comparison in miniature. Each run has a folder of its own under --out, so that the same command goes on where
 * an earlier one stopped; --arms plays only these (and those that they go on from), and what is there is summed up each time. With `all`
 * the files are one for each method: FILE-motif.json and so on. --quick is one seed with few tokens: all methods within 20 minutes on two
 * cores, to see that everything runs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import type { Evaluation } from '../rl/report'
import type { RunSpec } from '../runs/spec'
import { BadInput, parseOptions } from './arguments'
import { chooseDevice } from './device'
import { openFolder } from './folder'
import { clock } from './progress'
import { record } from './record'
import { grpoStudy } from './reproduce/grpo'
import { hackingStudy } from './reproduce/hacking'
import { merfStudy } from './reproduce/merf'
import { motifStudy } from './reproduce/motif'
import { reftStudy } from './reproduce/reft'
import { reportPage } from './reproduce/report'
import { pointsOf, summarise, table, type Arm, type ArmRun, type Results } from './reproduce/results'
import type { Rollout, Study } from './reproduce/study'
import { trainInNode } from './trainer'

const STUDIES: Record<string, Study> = { grpo: grpoStudy, motif: motifStudy, merf: merfStudy, reft: reftStudy, hacking: hackingStudy }
const USAGE =
  'npm run reproduce -- --method NAME|all [--seeds N] [--quick] [--json FILE] [--report FILE.html] [--out DIR] [--arms A,B] [--device auto|browser|node]'
/** Seeds of the calibration lie elsewhere. */
const FIRST_SEED = 101
const SEEDS = 5

export async function reproduce(args: string[]): Promise<number> {
  const names = ['method', 'seeds', 'json', 'report', 'out', 'arms', 'device'] as const
  const options = parseOptions(args, names, ['method'], USAGE, ['quick'])
  const { quick = false } = options
  const studies = options.method === 'all' ? Object.values(STUDIES) : [STUDIES[options.method]].filter((study) => study !== undefined)
  if (studies.length === 0) throw new BadInput(`--method is ${options.method}, but must be one of ${[...Object.keys(STUDIES), 'all'].join(', ')}.`)
  const count = quick ? 1 : Number(options.seeds ?? SEEDS)
  if (!Number.isInteger(count) || count < 1 || count > 50) throw new BadInput(`--seeds is ${options.seeds}, but must be a whole number from 1 to 50.`)
  const several = studies.length > 1
  if (several && options.arms) throw new BadInput('--arms names runs of one method, and --method is all; name the method too.')
  const seeds = Array.from({ length: count }, (_, i) => FIRST_SEED + i)
  for (const study of studies) {
    const own = (path: string) => (several ? path.replace(/(\.\w+)?$/, `-${study.method}${extname(path)}`) : path)
    const results = await play(study, { quick, seeds, ...(options.arms && { wanted: options.arms.split(',') }), device: options.device }, root(options.out, study, quick, several))
    if (options.json) writeText(own(options.json), JSON.stringify(results, null, 1) + '\n')
    if (options.report) writeText(own(options.report), reportPage(study, results))
    say(study, results)
  }
  if (quick) console.log('\nThis was one seed with few tokens: it shows that everything runs, and proves nothing.')
  return 0
}

function root(out: string | undefined, { method }: Study, quick: boolean, several: boolean): string {
  if (out === undefined) return join('out', `reproduce-${method}${quick ? '-quick' : ''}`)
  return several ? join(out, method) : out
}

interface Options {
  quick: boolean
  seeds: number[]
  /** Names of the arms to play; all of them when left out. */
  wanted?: string[]
  device: string | undefined
}

/** Plays what is missing of a study into `root`, and sums up what is there. */
async function play(study: Study, { quick, seeds, wanted, device: named }: Options, root: string): Promise<Results> {
  const tokens = quick ? study.tokens.quick : study.tokens.full
  const arms = study.arms({ quick, tokens, seeds })
  const unknown = wanted?.find((name) => !arms.some((arm) => idOf(arm) === name.trim()))
  if (unknown) throw new BadInput(`--arms names “${unknown}”; there are ${arms.map(idOf).join(', ')}.`)
  const device = await chooseDevice(named)
  let on = existsSync(join(root, 'device')) ? readFileSync(join(root, 'device'), 'utf8') : ''
  const chosen = new Set(arms.filter((arm) => !wanted || wanted.includes(idOf(arm))).flatMap(lineOf))
  const todo = [...chosen].flatMap((arm) => arm.seeds.map((seed) => ({ arm, seed })))
  todo.sort((a, b) => a.seed - b.seed) // seed by seed, so that what is there early can be compared
  for (const { arm, seed } of todo) {
    const path = folderOf(root, arm, seed)
    if (existsSync(join(path, 'summary.json'))) continue
    const since = performance.now()
    const spec = specOf(root, arm, seed)
    const folder = openFolder(path, spec)
    const start = device === 'node' ? trainInNode : (await import('./browser')).trainInBrowser
    const recording = await record(start, spec, folder, {
      opened: (name) => (on = name),
      report: () => undefined,
      evaluation({ numTokens, accuracy }) {
        console.log(`  ${idOf(arm)}, seed ${seed}: ${accuracy.toFixed(3)} after ${numTokens} tokens (${clock((performance.now() - since) / 1000)})`)
      },
    })
    try {
      await recording.done
    } finally {
      await recording.close()
    }
    writeFileSync(join(root, 'device'), on)
  }
  return sumUp(study, arms, { root, quick, tokens, device: on })
}

function say(study: Study, results: Results): void {
  for (const [set, title] of Object.entries(study.sets)) {
    if (results.arms.some((arm) => arm.set === set)) console.log(`\n${title}\n${table(results, set)}`)
  }
  for (const { title, says } of results.claims) console.log(`\n${title}: ${says}`)
  if (results.missing.length > 0) console.log(`\nstill missing: ${results.missing.join(', ')}`)
}

/** An arm after those that it goes on from. */
export function lineOf(arm: Arm): Arm[] {
  return arm.start ? [...lineOf(arm.start), arm] : [arm]
}

/** The run of one seed, which goes on from the adapter of the same seed of the arm before. */
export function specOf(root: string, { spec, start }: Arm, seed: number): RunSpec {
  const own = spec(seed)
  return start ? { ...own, adapter: { ...own.adapter, start: join(folderOf(root, start, seed), 'adapter') } } : own
}

function folderOf(root: string, arm: Pick<Arm, 'set' | 'name'>, seed: number): string {
  return join(root, idOf(arm), String(seed))
}

/** A name for folders: long/motif-as-published. */
function idOf({ set, name }: Pick<Arm, 'set' | 'name'>): string {
  return `${set}/${name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/-$/, '')}`
}

function sumUp(study: Study, arms: Arm[], { root, quick, tokens, device }: { root: string; quick: boolean; tokens: number; device: string }): Results {
  const marks = Array.from({ length: study.parts + 1 }, (_, i) => (i * tokens) / study.parts)
  const file = (arm: Pick<Arm, 'set' | 'name'>, seed: number, name: string) => join(folderOf(root, arm, seed), name)
  const missing: string[] = []
  const summed = arms.map((arm) => {
    const runs = arm.seeds.flatMap((seed): ArmRun[] => {
      if (existsSync(file(arm, seed, 'summary.json'))) return [{ seed, points: pointsOf(lines<Evaluation>(file(arm, seed, 'eval.jsonl')), marks, arm.updates) }]
      missing.push(`${idOf(arm)} ${seed}`)
      return []
    })
    return summarise(arm, runs, marks)
  })
  const claims = study.claims(
    summed,
    (name, set, seed) => lines<Rollout>(file({ name, set }, seed, 'rollouts.jsonl')),
    (name, set, seed) => lines<Record<string, number>>(file({ name, set }, seed, 'steps.jsonl')),
  )
  const date = new Date().toISOString().slice(0, 10)
  return { format: 'etude-reproduction', version: 1, method: study.method, quick, model: study.model, device, date, marks, arms: summed, claims, missing }
}

function lines<T>(path: string): T[] {
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as T)
}

function writeText(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
