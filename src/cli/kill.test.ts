/**
 * Processes that are killed (SIGKILL) at random moments, several times in one run, and started again: their journal is the unbroken run's,
 * nothing doubled and nothing missing. ETUDE_KILLS sets how many kills, ETUDE_SEED the moments.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seeded } from '../onnx/fixture'

const KILLS = Number(process.env.ETUDE_KILLS ?? 10)
const SEED = Number(process.env.ETUDE_SEED ?? Date.now() % 2 ** 29)
/** Kills of one run. */
const TIMES = 3

const TINY = { questions: 2, num_generations: 3, max_completion_length: 20 }
const METHODS: Record<string, object> = {
  grpo: { name: 'grpo', ...TINY, num_iterations: 2, beta: 0.05, reference: 'start' },
  motif: { name: 'motif', questions: 2, num_generations: 2, trajectories: 2 },
  sft: { name: 'sft', questions: 3 },
  ppo: { name: 'ppo', ...TINY },
  reft: { name: 'reft', ...TINY, warmup_steps: 3 },
}

// below the repository, so that the process finds what it imports
const top = resolve(import.meta.dirname, '../../out', `kill-${process.pid}`)
const MODELS = resolve(import.meta.dirname, '../../public')

beforeAll(async () => {
  mkdirSync(top, { recursive: true })
  const options = { ssr: join(import.meta.dirname, 'kill.fixture.ts'), outDir: top, emptyOutDir: false, target: 'node20', copyPublicDir: false, rollupOptions: { output: { entryFileNames: 'train.mjs' } } }
  // the browser's sandbox is of no use there
  const plugins = [{ name: 'no-sandbox', load: (id: string) => (id.endsWith('?sandbox') ? 'export const code = ""' : undefined) }]
  await build({ configFile: false, logLevel: 'error', plugins, build: options, ssr: { noExternal: true, external: ['webgpu', 'onnxruntime-web'] } })
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

interface Life {
  /** The step that it went on from, and milliseconds since then; undefined where it was killed before. */
  from: number | undefined
  took: number
  killed: boolean
}

/** @param after milliseconds from its first step to its end; it is not killed when left out */
function live(args: string[], after?: number): Promise<Life> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(top, 'train.mjs'), ...args])
    let [since, from, errors] = [performance.now(), undefined as number | undefined, '']
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
    child.stdout.on('data', (data: Buffer) => {
      const opened = /from (\d+)/.exec(data.toString())
      if (!opened) return
      ;[since, from] = [performance.now(), Number(opened[1])]
      if (after !== undefined) setTimeout(() => child.kill('SIGKILL'), after)
    })
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') fail(new Error(`the process ended with ${code}: ${errors}`))
      else done({ from, took: performance.now() - since, killed: signal === 'SIGKILL' })
    })
  })
}

/** What equal runs share: everything but times. */
function content(folder: string) {
  const text = (name: string) => readFileSync(join(folder, name), 'utf8')
  const without = (name: string, key: string) =>
    text(name).split('\n').filter(Boolean).map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), [key]: 0 }))
  const adapter = readFileSync(join(folder, 'adapter', existsSync(join(folder, 'adapter/adapter_model.safetensors')) ? 'adapter_model.safetensors' : 'adapter.json'))
  return { steps: without('steps.jsonl', 'step_time'), rollouts: text('rollouts.jsonl'), evaluations: without('eval.jsonl', 'seconds'), adapter: adapter.toString('base64') }
}

async function killed(name: string, spec: object, kills: number, more: string[], random: () => number) {
  const file = join(top, `${name}.json`)
  writeFileSync(file, JSON.stringify(spec))
  const whole = await live([join(top, `${name}-whole`), file, ...more])
  const wanted = content(join(top, `${name}-whole`))
  const told = { kills: 0, resumed: 0, runs: 0 }
  while (told.kills < kills) {
    const folder = join(top, `${name}-${told.runs++}`)
    for (let i = 0; i < TIMES && told.kills < kills; i++) {
      const life = await live([folder, file, ...more], random() * whole.took)
      if ((life.from ?? 0) > 0) told.resumed++
      if (!life.killed) break
      told.kills++
    }
    const last = await live([folder, file, ...more])
    if ((last.from ?? 0) > 0) told.resumed++
    expect(content(folder)).toEqual(wanted)
    rmSync(folder, { recursive: true })
  }
  console.info(`${name}: ${told.kills} kills in ${told.runs} runs of ${Math.round(whole.took)} ms, ${told.resumed} times resumed after a step`)
  return told
}

describe(`killed at random (${KILLS} kills, ETUDE_SEED=${SEED})`, () => {
  const share = (i: number, of: number) => Math.floor(((i + 1) * KILLS) / of) - Math.floor((i * KILLS) / of)
  const names = Object.keys(METHODS)

  it.each(names)('%s', async (name) => {
    const i = names.indexOf(name)
    const spec = { model: 'fake', seed: 4, steps: 7, task: { name: 'ledger', terms: [4, 5] }, algorithm: METHODS[name], evaluation: { every: 2, problems: 4 } }
    await killed(name, spec, share(i, names.length), ['1'], seeded(SEED + i))
  }, 600_000)

  it('the bundled model', async () => {
    const spec = { seed: 4, steps: 6, algorithm: { name: 'sft', questions: 1 }, adapter: { rank: 2 }, evaluation: { problems: 0 } }
    await killed('bundled', spec, Math.ceil(KILLS / 10), ['0', MODELS], seeded(SEED + names.length))
  }, 600_000)
})
