/**
 * The real engine on devices that are lost at random dispatches, and that have no memory at random allocations: the run goes on by
 * itself, and its journal and adapter are the unbroken run's, bit for bit. ETUDE_LOSSES and ETUDE_OOM set how many, ETUDE_SEED where.
 */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { engineHost } from '../engine/host'
import { nodeGpu } from '../gpu/node'
import { openDisk } from '../hub/disk'
import { seeded } from '../onnx/fixture'
import type { Host } from '../policy/host'
import { stepLine } from '../runs/journal'
import { parseSpec } from '../runs/spec'
import { createSteadyRun } from '../runs/steady-run'
import { newTrouble, troubledGpu, type Trouble } from './trouble.fixture'

const LOSSES = Number(process.env.ETUDE_LOSSES ?? 2)
const FAILURES = Number(process.env.ETUDE_OOM ?? 2)
const SEED = Number(process.env.ETUDE_SEED ?? Date.now() % 2 ** 29)
/** Of one run: more than four halvings of the micro-batch it does not make. */
const FAILURES_OF_A_RUN = 4

const spec = parseSpec({
  algorithm: { name: 'grpo', questions: 1, num_generations: 2, max_completion_length: 5, num_iterations: 2 },
  adapter: { rank: 2 }, evaluation: { problems: 0 }, steps: 4, seed: 5,
})
const repository = openDisk(join(import.meta.dirname, '../../public/models/ledger'))

function hostOn(gpu: GPU, trouble: Trouble): Host {
  const host = engineHost({ gpu: () => Promise.resolve(troubledGpu(gpu, trouble)), repository: () => repository })
  return { ...host, file: (_, path) => repository.text(path) }
}

/** Plays the run to its end. The clock leaps, so that any number of losses is borne. */
async function play(trouble: Trouble, plan: (now: { steps: number; rewound: number }) => void) {
  const gpu = (await nodeGpu())!
  const lines = new Map<number, string>()
  const now = { steps: 0, rewound: 0 }
  const whys: string[] = []
  const run = createSteadyRun(spec, hostOn(gpu, trouble), {
    report(report) {
      lines.set(report.step, stepLine({ ...report, metrics: { ...report.metrics, step_time: 0 } }))
      now.steps = report.step
      plan(now)
    },
    rewound(step, _, why) {
      for (const later of [...lines.keys()]) if (later > step) lines.delete(later)
      whys.push(why)
      now.rewound++
      plan(now)
    },
  }, undefined, {}, () => 601_000 * now.rewound)
  run.play()
  const { steps } = await run.done
  const adapter = await run.exportAdapter()
  await run.close()
  return { steps, lines: [...lines.values()], whys, adapter: Object.entries(adapter).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]) }
}

describe(`a device in trouble (${LOSSES} losses, ${FAILURES} failed allocations, ETUDE_SEED=${SEED})`, () => {
  const random = seeded(SEED)
  let whole: Awaited<ReturnType<typeof play>>
  let each = { dispatches: 0, allocations: 0 }
  beforeAll(async () => {
    const trouble = newTrouble()
    let first = { dispatches: 0, allocations: 0 }
    whole = await play(trouble, ({ steps }) => {
      if (steps === 1) first = { ...trouble }
    })
    each = { dispatches: (trouble.dispatches - first.dispatches) / (spec.steps - 1), allocations: trouble.allocations - first.allocations }
    expect(whole.lines).toHaveLength(spec.steps)
  })

  it('is lost at random dispatches', async () => {
    let [losses, runs] = [0, 0]
    while (losses < LOSSES) {
      const trouble = newTrouble()
      let at = Infinity
      const before = losses
      trouble.losesAt = (dispatch) => dispatch >= at && ++losses > 0 && ((at = Infinity), true)
      // after the model is open, and again after each loss, somewhere in the next three steps
      const found = await play(trouble, () => {
        if (at === Infinity && losses < LOSSES) at = trouble.dispatches + 1 + Math.floor(random() * 3 * each.dispatches)
      })
      runs++
      expect({ ...found, whys: [] }).toEqual({ ...whole, whys: [] })
      expect(found.whys).toHaveLength(losses - before)
      for (const why of found.whys) expect(why).toMatch(/The GPU device was lost .* The run goes on from step \d, on the device anew\./)
      expect(trouble.devices).toBe(0)
    }
    console.info(`${losses} devices lost in ${runs} runs of about ${Math.round(each.dispatches)} dispatches a step, all recovered`)
  }, 900_000)

  it('has no memory at random allocations', async () => {
    let [failures, runs] = [0, 0]
    while (failures < FAILURES) {
      const trouble = newTrouble()
      const before = failures
      let at = Infinity
      trouble.failsAt = (allocation) => allocation >= at && ++failures > 0 && ((at = Infinity), true)
      const found = await play(trouble, () => {
        const left = Math.min(FAILURES, before + FAILURES_OF_A_RUN) - failures
        if (at === Infinity && left > 0) at = trouble.allocations + 1 + Math.floor(random() * each.allocations)
      })
      runs++
      expect({ ...found, whys: [] }).toEqual({ ...whole, whys: [] })
      expect(found.whys).toHaveLength(failures - before)
      for (const why of found.whys) expect(why).toMatch(/has no memory left.*The run goes on from step \d, with micro-batches of half the size\./)
    }
    console.info(`${failures} allocations failed in ${runs} runs, all recovered`)
  }, 900_000)
})
