/**
 * A long run holds its memory: buffers and bytes on the GPU, the heap of JavaScript; and runs that are begun and closed leave nothing.
 * ETUDE_SOAK sets the steps (1000 for the long one), ETUDE_CYCLES the runs begun and closed.
 */
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { engineHost } from '../engine/host'
import { nodeGpu } from '../gpu/node'
import { openDisk } from '../hub/disk'
import type { Host } from '../policy/host'
import { createRun } from '../runs/run'
import { parseSpec } from '../runs/spec'
import { newTrouble, troubledGpu, type Trouble } from './trouble.fixture'

const STEPS = Number(process.env.ETUDE_SOAK ?? 16)
const CYCLES = Number(process.env.ETUDE_CYCLES ?? 3)
/** Steps until everything that is kept has been made. */
const SETTLED = Math.min(50, STEPS / 2)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const repository = openDisk(join(import.meta.dirname, '../../public/models/ledger'))
const specOf = (steps: number) => parseSpec({
  algorithm: { name: 'grpo', questions: 1, num_generations: 2, max_completion_length: 3 }, adapter: { rank: 2 },
  evaluation: { problems: 1, every: 5, max_completion_length: 2 }, steps, seed: 2,
})

async function hostOn(trouble: Trouble): Promise<Host> {
  const gpu = (await nodeGpu())!
  return { ...engineHost({ gpu: () => Promise.resolve(troubledGpu(gpu, trouble)), repository: () => repository }), file: (_, path) => repository.text(path) }
}

const heap = () => {
  collect()
  return process.memoryUsage().heapUsed
}

/** The slope of y over x by least squares, and its standard error. */
function slopeOf(points: [number, number][]): { slope: number; error: number } {
  const n = points.length
  const mean = (i: 0 | 1) => points.reduce((sum, point) => sum + point[i], 0) / n
  const [mx, my] = [mean(0), mean(1)]
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  const slope = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / xx
  const rest = points.reduce((sum, [x, y]) => sum + (y - my - slope * (x - mx)) ** 2, 0)
  return { slope, error: Math.sqrt(rest / Math.max(1, n - 2) / xx) }
}

describe(`memory over ${STEPS} steps and ${CYCLES} runs`, () => {
  it('stays where it is after the first steps', async () => {
    const trouble = newTrouble()
    const run = createRun(specOf(STEPS), await hostOn(trouble))
    const buffers: [number, number, number][] = []
    const heaps: [number, number][] = []
    for (let step = 1; step <= STEPS; step++) {
      await run.step()
      if (step < SETTLED || (step - SETTLED) % Math.ceil((STEPS - SETTLED) / 40) !== 0) continue
      buffers.push([step, trouble.buffers.size, [...trouble.buffers.values()].reduce((a, b) => a + b, 0)])
      heaps.push([step, heap()])
    }
    const last = run.reports.at(-1)!
    const row = JSON.stringify(last).length
    await run.close()
    const { slope, error } = slopeOf(heaps)
    const [[, count, bytes], [, lastCount, lastBytes]] = [buffers[0]!, buffers.at(-1)!]
    const most = (some: typeof buffers) => Math.max(...some.map(([, , each]) => each))
    const [early, late] = [most(buffers.slice(0, buffers.length / 2)), most(buffers.slice(buffers.length / 2))]
    console.info(
      `${STEPS} steps: ${count} buffers of ${bytes} bytes after step ${SETTLED}, ${lastCount} of ${lastBytes} at the end; ` +
        `heap ${(heaps[0]![1] / 1e6).toFixed(2)} → ${(heaps.at(-1)![1] / 1e6).toFixed(2)} MB, ${slope.toFixed(0)} ± ${error.toFixed(0)} bytes a step; a step's report is ${row} letters`,
    )
    // buffers are kept for batches of every size that came, so that a longer one than before still adds some
    expect(late / early).toBeLessThan(1.1)
    expect(run.reports).toHaveLength(STEPS)
    // what a run tells of its steps is kept, and nothing else
    // (a short run still sees code being compiled)
    expect(slope - 3 * error).toBeLessThan((STEPS < 100 ? 40 : 4) * row)
  }, 3_600_000)

  it('comes back from runs that are begun and closed', async () => {
    const trouble = newTrouble()
    const host = await hostOn(trouble)
    const heaps: [number, number][] = []
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      const run = createRun(specOf(3), host)
      await run.step()
      await run.close()
      expect([trouble.devices, trouble.buffers.size]).toEqual([0, 0])
      heaps.push([cycle, heap()])
    }
    const { slope, error } = slopeOf(heaps.slice(Math.min(20, Math.floor(CYCLES / 4))))
    console.info(`${CYCLES} runs begun and closed: no device and no buffer left; heap ${(heaps[0]![1] / 1e6).toFixed(2)} → ${(heaps.at(-1)![1] / 1e6).toFixed(2)} MB, ${slope.toFixed(0)} ± ${error.toFixed(0)} bytes each`)
    expect(slope - 3 * error).toBeLessThan(CYCLES < 50 ? 500_000 : 20_000)
  }, 3_600_000)
})
