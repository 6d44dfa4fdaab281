import { describe, expect, it } from 'vitest'
import { createFakeHost } from '../policy/fake'
import { DeviceLost, NotFinite, OutOfMemory, type Host, type OpenOptions } from '../policy/host'
import { readCheckpoint } from './checkpoint'
import { evaluationLine, stepLine } from './journal'
import { createRun, type Run } from './run'
import { parseSpec } from './spec'
import { createSteadyRun } from './steady-run'

const spec = parseSpec({
  algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 },
  evaluation: { every: 2, problems: 10 },
  steps: 6,
  seed: 7,
})

type Call = 'sample' | 'forward' | 'backward' | 'step'

/** A host whose n-th call of this kind, over all policies that it opens, fails so. */
function failing(at: { call: Call; nth: number }[], error: () => Error) {
  const fake = createFakeHost()
  const opened: OpenOptions[] = []
  const counts = { sample: 0, forward: 0, backward: 0, step: 0 }
  const host: Host = {
    ...fake,
    async open(options) {
      opened.push(options)
      const policy = await fake.open(options)
      return new Proxy(policy, {
        get(target, key) {
          const value = (target as unknown as Record<PropertyKey, unknown>)[key]
          if (typeof value !== 'function') return value
          return (...args: unknown[]) => {
            const call = key as Call
            const nth = call in counts ? ++counts[call] : 0
            if (at.some((place) => place.call === call && place.nth === nth)) return Promise.reject(error())
            return (value as (...args: unknown[]) => unknown).apply(target, args)
          }
        },
      })
    },
  }
  return { host, opened }
}

/** Its journal as the listeners were told it, with what was made again dropped first. */
function journal(create: (listeners: Parameters<typeof createSteadyRun>[2]) => Run) {
  let steps: { step: number; line: string }[] = []
  let evaluations: { step: number; line: string }[] = []
  const whys: string[] = []
  const run = create({
    report: (report) => steps.push({ step: report.step, line: stepLine({ ...report, metrics: { ...report.metrics, step_time: 0 } }) }),
    evaluation: (evaluation) => evaluations.push({ step: evaluation.step, line: evaluationLine({ ...evaluation, seconds: 0 }) }),
    rewound(step, kept, why) {
      steps = steps.filter((one) => one.step <= step)
      evaluations = kept.map((evaluation) => ({ step: evaluation.step, line: evaluationLine({ ...evaluation, seconds: 0 }) }))
      whys.push(why)
    },
  })
  return { run, whys, lines: () => ({ steps: steps.map(({ line }) => line), evaluations: evaluations.map(({ line }) => line) }) }
}

async function unbroken() {
  const { run, lines } = journal((listeners) => createRun(spec, createFakeHost(), listeners))
  run.play()
  await run.done
  return lines()
}

describe('a run whose device is lost', () => {
  it.each<Call>(['sample', 'forward', 'backward', 'step'])('goes on from its last checkpoint, and its journal is the unbroken one: in %s', async (call) => {
    const whole = await unbroken()
    for (const nth of [1, 3, 5]) {
      const { host, opened } = failing([{ call, nth }], () => new DeviceLost('The GPU device was lost (unknown): a driver reset.'))
      const { run, whys, lines } = journal((listeners) => createSteadyRun(spec, host, listeners))
      run.play()
      expect((await run.done).steps).toBe(6)
      expect(lines()).toEqual(whole)
      expect(run.reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
      expect(opened).toHaveLength(2)
      expect(whys).toEqual([expect.stringMatching(/a driver reset\. The run goes on from step \d, on the device anew\./)])
      await run.close()
    }
  })

  it('makes one step where one was asked for', async () => {
    const { host } = failing([{ call: 'backward', nth: 2 }], () => new DeviceLost('lost.'))
    const { run } = journal((listeners) => createSteadyRun(spec, host, listeners))
    await run.step()
    await run.step()
    expect(run.state).toBe('paused')
    expect(run.reports.map(({ step }) => step)).toEqual([1, 2])
    await run.close()
  })

  it('gives up at the fourth loss in ten minutes, and not when they are far apart', async () => {
    const losses = [2, 3, 4, 5].map((nth) => ({ call: 'sample' as const, nth }))
    const soon = failing(losses, () => new DeviceLost('lost.'))
    const { run } = journal((listeners) => createSteadyRun(spec, soon.host, listeners, undefined, {}, () => 0))
    run.play()
    await expect(run.done).rejects.toThrow('lost.')
    expect(run.state).toBe('failed')
    expect((await run.checkpoint()).length).toBeGreaterThan(0) // with its state saved

    const apart = failing(losses, () => new DeviceLost('lost.'))
    let clock = 0
    const patient = journal((listeners) => createSteadyRun(spec, apart.host, listeners, undefined, {}, () => (clock += 300_000)))
    patient.run.play()
    expect((await patient.run.done).steps).toBe(6)
  })

  it('does not take another failure for a loss', async () => {
    const { host, opened } = failing([{ call: 'step', nth: 2 }], () => new Error('the gradient is not finite'))
    const { run } = journal((listeners) => createSteadyRun(spec, host, listeners))
    run.play()
    await expect(run.done).rejects.toThrow('not finite')
    expect(opened).toHaveLength(1)
  })
})

describe('a run whose gradient is not finite', () => {
  const broken = () => failing([{ call: 'step', nth: 3 }], () => new NotFinite('The gradient is not finite.'))

  it('ends, unless the spec says otherwise', async () => {
    const { host, opened } = broken()
    const { run } = journal((listeners) => createSteadyRun(spec, host, listeners))
    run.play()
    await expect(run.done).rejects.toThrow('not finite')
    expect(opened).toHaveLength(1)
  })

  it('goes back and on with half the rate, of which a checkpoint knows', async () => {
    const { host } = broken()
    const halving = { ...spec, stop: { ...spec.stop, not_finite: 'halve_rate' as const } }
    const { run, whys } = journal((listeners) => createSteadyRun(halving, host, listeners))
    run.play()
    await run.done
    const rates = run.reports.map(({ metrics }) => metrics.learning_rate)
    const from = Number(/from step (\d+), with half the learning rate/.exec(whys[0]!)![1])
    expect(rates).toEqual(rates.map((_, i) => (i < from ? 1e-3 : 5e-4)))
    expect(readCheckpoint(await run.checkpoint()).position.rate).toBe(0.5)
  })

  it('gives up where halving does not help', async () => {
    const { host, opened } = failing(Array.from({ length: 40 }, (_, i) => ({ call: 'step' as const, nth: i + 1 })), () => new NotFinite('not finite.'))
    const halving = { ...spec, stop: { ...spec.stop, not_finite: 'halve_rate' as const } }
    const { run } = journal((listeners) => createSteadyRun(halving, host, listeners))
    run.play()
    await expect(run.done).rejects.toThrow('not finite')
    expect(opened).toHaveLength(7)
  })
})

describe('a run whose device has no memory left', () => {
  it('goes on with half the micro-batch, and the same curve', async () => {
    const whole = await unbroken()
    const { host, opened } = failing([{ call: 'backward', nth: 2 }, { call: 'backward', nth: 4 }], () => new OutOfMemory('no memory left.'))
    const { run, whys, lines } = journal((listeners) => createSteadyRun(spec, host, listeners))
    run.play()
    await run.done
    expect(lines()).toEqual(whole)
    expect(opened.map(({ activations }) => activations)).toEqual([undefined, 0.5, 0.25])
    expect(whys[0]).toContain('micro-batches of half the size')
  })

  it('fails where the model itself does not fit', async () => {
    const host: Host = { ...createFakeHost(), open: () => Promise.reject(new OutOfMemory('no memory left.')) }
    const { run } = journal((listeners) => createSteadyRun(spec, host, listeners))
    run.play()
    await expect(run.done).rejects.toThrow('no memory left.')
  })
})
