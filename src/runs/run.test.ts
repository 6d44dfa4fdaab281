import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { nodeSandbox } from '../graders/sandbox/node'
import { setSandbox } from '../graders/sandbox/session'
import { createFakeHost } from '../policy/fake'
import type { Host } from '../policy/host'
import type { Policy } from '../policy/policy'
import type { Evaluation } from '../rl/report'
import { readCheckpoint, writeCheckpoint } from './checkpoint'
import { evaluationLine, rolloutLines, stepLine, summaryText } from './journal'
import { createRun, type Run, type RunListeners, type RunState } from './run'
import { parseSpec, type RunSpec } from './spec'

const GRPO = { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 }

const specOf = (changes: Record<string, unknown> = {}) =>
  parseSpec({
    algorithm: GRPO,
    evaluation: { every: 2, problems: 10 },
    steps: 6,
    seed: 7,
    ...changes,
  })

/** A run that writes its journal, times set to 0. */
function journaled(spec: RunSpec, resume?: Uint8Array, host = createFakeHost(), listeners: RunListeners = {}) {
  const lines = { steps: [] as string[], rollouts: [] as string[], evaluations: [] as string[] }
  const run = createRun(
    spec,
    host,
    {
      ...listeners,
      report(report) {
        lines.steps.push(stepLine({ ...report, metrics: { ...report.metrics, step_time: 0 } }))
        lines.rollouts.push(rolloutLines(report))
        listeners.report?.(report)
      },
      evaluation: (evaluation) => lines.evaluations.push(evaluationLine({ ...evaluation, seconds: 0 })),
    },
    resume,
  )
  return { run, lines }
}

async function played(run: Run) {
  run.play()
  return run.done
}

/** A host whose policies are changed by `change` once they are open. */
const changedHost = (change: (policy: Policy) => void): Host => {
  const host = createFakeHost()
  return {
    ...host,
    async open(options) {
      const policy = await host.open(options)
      change(policy)
      return policy
    },
  }
}

describe('a run', () => {
  it('goes from the first evaluation to the last, and sums up', async () => {
    const states: RunState[] = []
    const { run, lines } = journaled(specOf(), undefined, createFakeHost(), { state: (state) => states.push(state) })
    expect(run.state).toBe('idle')
    const summary = await played(run)
    expect(states).toEqual(['opening', 'running', 'done'])
    expect(run.evaluations.map(({ step }) => step)).toEqual([0, 2, 4, 6])
    expect(run.reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(summary).toMatchObject({ steps: 6, tokens: run.reports.at(-1)!.metrics.generated_tokens, evaluations: run.evaluations })
    expect(summary.seconds).toBeGreaterThan(0)
    expect(JSON.parse(lines.steps[5]!)).toMatchObject({ step: 6, num_tokens: run.reports[5]!.metrics.num_tokens })
    expect(lines.rollouts[0]!.trim().split('\n').map((line) => JSON.parse(line) as object)).toMatchObject([
      { step: 1, question: 0 },
      { step: 1, question: 1 },
    ])
    expect(JSON.parse(summaryText(run.spec, summary))).toMatchObject({ steps: 6, first: { step: 0 }, last: { step: 6 } })
    expect(Object.keys(await run.exportAdapter())).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
    await run.close()
    await expect(run.exportAdapter()).rejects.toThrow('not open')
  })

  it('is its spec: the same again gives the same journal', async () => {
    const [one, two] = [journaled(specOf()), journaled(specOf())]
    await Promise.all([played(one.run), played(two.run)])
    expect(two.lines).toEqual(one.lines)
    const other = journaled(specOf({ seed: 8 }))
    await played(other.run)
    expect(other.lines.steps).not.toEqual(one.lines.steps)
  })

  it.each([
    ['grpo', { ...GRPO, lr_scheduler_type: 'cosine', warmup_steps: 2 }],
    ['grpo with inner iterations', { ...GRPO, num_iterations: 2, beta: 0.1, reference: 'start', learning_rate: 0.01 }],
    ['motif', { name: 'motif', num_generations: 3, trajectories: 2, later_top_p: 1, beta: 0.1, reference: 'start' }],
    ['sft', { name: 'sft', questions: 4 }],
  ])('cut and resumed, gives the lines of the unbroken run: %s', async (_, algorithm) => {
    const spec = specOf({ algorithm })
    const whole = journaled(spec)
    await played(whole.run)
    for (const cut of [2, 3]) {
      const first = journaled(spec)
      for (let i = 0; i < cut; i++) await first.run.step()
      const bytes = await first.run.checkpoint()
      await first.run.close()
      const { step } = readCheckpoint(bytes).position
      expect(step).toBe('num_iterations' in algorithm ? 2 : cut)
      const second = journaled(spec, bytes)
      const summary = await played(second.run)
      expect([...first.lines.steps.slice(0, step), ...second.lines.steps]).toEqual(whole.lines.steps)
      expect([...first.lines.rollouts.slice(0, step), ...second.lines.rollouts]).toEqual(whole.lines.rollouts)
      const timeless = (evaluations: readonly Evaluation[]) => evaluations.map((evaluation) => ({ ...evaluation, seconds: 0 }))
      expect(timeless(summary.evaluations)).toEqual(timeless(whole.run.evaluations))
      expect(summary.tokens).toBe((await whole.run.done).tokens)
    }
  })

  it('makes exactly one step, pauses after the step in progress, and goes on', async () => {
    let sampling: () => void = () => undefined
    const { run } = journaled(specOf({ steps: 5 }), undefined, createFakeHost({ delay: 1 }), { group: () => { sampling() } })
    await run.step()
    expect([run.state, run.reports.length]).toEqual(['paused', 1])
    await run.step()
    expect([run.state, run.reports.length]).toEqual(['paused', 2])
    run.play()
    expect(run.state).toBe('running')
    await new Promise<void>((resolve) => (sampling = resolve))
    await run.pause()
    expect([run.state, run.reports.length]).toEqual(['paused', 3])
    await run.pause()
    await played(run)
    expect([run.state, run.reports.length]).toEqual(['done', 5])
    run.play()
    await run.step()
    expect([run.state, run.reports.length]).toEqual(['done', 5])
  })

  it('ends when it is closed, in the middle of a sample too', async () => {
    const { run } = journaled(specOf(), undefined, createFakeHost({ delay: 20 }))
    run.play()
    await new Promise((resolve) => setTimeout(resolve, 60))
    const since = performance.now()
    await run.close()
    expect(performance.now() - since).toBeLessThan(300)
    await expect(run.done).rejects.toThrow('closed after 0 of 6 steps')
    run.play()
    expect(run.state).toBe('paused')
  })

  it('fails with the reason, keeps its last checkpoint, and goes on from it', async () => {
    const whole = journaled(specOf())
    await played(whole.run)
    const reasons: (Error | undefined)[] = []
    let forwards = 0
    const host = changedHost((policy) => {
      const forward = policy.forward.bind(policy)
      policy.forward = async (batch) => {
        const result = await forward(batch)
        if (++forwards === 4) result.logprob[0]![0] = NaN
        return result
      }
    })
    const { run, lines } = journaled(specOf(), undefined, host, { state: (_, error) => reasons.push(error) })
    await expect(played(run)).rejects.toThrow('the loss of step 4 is NaN')
    expect(run.state).toBe('failed')
    expect(reasons.at(-1)?.message).toContain('go on from the last checkpoint')
    const bytes = await run.checkpoint()
    const rest = journaled(specOf(), bytes)
    await played(rest.run)
    expect([...lines.steps.slice(0, readCheckpoint(bytes).position.step), ...rest.lines.steps]).toEqual(whole.lines.steps)
    await run.close()
  })

  it('saves a policy that takes long to save more seldom, and yet exactly where it is paused and done', async () => {
    let saves = 0
    const host = changedHost((policy) => {
      const save = policy.save.bind(policy)
      policy.save = async () => {
        saves++
        await new Promise((resolve) => setTimeout(resolve, 300))
        return save()
      }
    })
    const spec = specOf({ evaluation: { problems: 0 } })
    const { run, lines } = await new Promise<ReturnType<typeof journaled>>((paused) => {
      const begun = journaled(spec, undefined, host, { report: ({ step }) => { if (step === 3) paused(begun.run.pause().then(() => begun)) } })
      begun.run.play()
    })
    const bytes = await run.checkpoint()
    expect([saves, readCheckpoint(bytes).position.step]).toEqual([2, 3])
    const rest = journaled(spec, bytes)
    await played(rest.run)
    await played(run)
    expect(lines.steps.slice(3)).toEqual(rest.lines.steps)
    expect([saves, readCheckpoint(await run.checkpoint()).position.step]).toEqual([3, 6])
  })

  it('fails when the model cannot be opened or cannot spell the task', async () => {
    const host: Host = { ...createFakeHost(), open: () => Promise.reject(new Error('no WebGPU here')) }
    await expect(played(createRun(specOf(), host))).rejects.toThrow('no WebGPU here')
    const { run } = journaled(specOf({ task: { name: 'chain' } }))
    await expect(played(run)).rejects.toThrow('cannot spell')
  })

  it('evaluates as often as the spec says', async () => {
    const steps = async (evaluation: object) => {
      const { run } = journaled(specOf({ steps: 4, evaluation: { problems: 4, ...evaluation } }))
      return (await played(run)).evaluations.map(({ step }) => step)
    }
    expect(await steps({ every: 3 })).toEqual([0, 3, 4])
    expect(await steps({ every: 0 })).toEqual([0, 4])
    expect(await steps({ every: 1, at_start: false })).toEqual([1, 2, 3, 4])
    expect(await steps({ problems: 0 })).toEqual([])
  })

  it('evaluates by generated tokens, and ends with its budget of them', async () => {
    const spec = specOf({ steps: 100, stop: { tokens: 700 }, evaluation: { problems: 4, every: 0, every_tokens: 300 } })
    const { run } = journaled(spec)
    const { reason, tokens, evaluations } = await played(run)
    expect(reason).toBe('tokens')
    const made = run.reports.map(({ metrics }) => metrics.generated_tokens!)
    expect(made.at(-1)).toBe(tokens)
    expect(tokens).toBeGreaterThanOrEqual(700)
    expect(made.at(-2)).toBeLessThan(700)
    const first = (mark: number) => made.find((count) => count >= mark)
    expect(evaluations.map(({ numTokens }) => numTokens)).toEqual([0, first(300), first(600), ...(first(600) === tokens ? [] : [tokens])])
  })

  it('ends when it has lost patience, and when its time is up', async () => {
    const of = async (stop: object) => {
      const greedy = { problems: 4, every: 1, temperature: 0 } // right from the start, so never better
      const { run } = journaled(specOf({ steps: 50, stop, evaluation: greedy }))
      return played(run)
    }
    expect(await of({ patience: 3 })).toMatchObject({ steps: 3, reason: 'patience' })
    expect(await of({ seconds: 1e-6 })).toMatchObject({ reason: 'seconds' })
    expect(await of({})).toMatchObject({ steps: 50, reason: 'steps' })
  })
})

describe('a checkpoint', () => {
  const checkpoint = {
    spec: specOf(),
    position: { step: 3, numTokens: 10, generatedTokens: 5, questions: 12 },
    evaluations: [],
    seconds: 2,
    policy: Uint8Array.of(1, 2, 3),
  }

  it('comes back as it was written', () => expect(readCheckpoint(writeCheckpoint(checkpoint))).toEqual(checkpoint))

  it('is refused when it is something else, of another version, cut short, or of another run', async () => {
    const bytes = writeCheckpoint(checkpoint)
    expect(() => readCheckpoint(new Uint8Array(3))).toThrow('not a checkpoint')
    expect(() => readCheckpoint(new Uint8Array(100))).toThrow('not a checkpoint')
    expect(() => readCheckpoint(bytes.with(8, 9))).toThrow('of version 9')
    expect(() => readCheckpoint(bytes.slice(0, 50))).toThrow('cut short')
    expect(() => createRun(specOf({ seed: 8 }), createFakeHost(), {}, bytes)).toThrow("its adapter is")
    const { run } = journaled(specOf())
    await expect(run.checkpoint()).rejects.toThrow('play it first')
  })
})

describe('the examples', () => {
  const folder = new URL('../../examples/', import.meta.url)
  beforeAll(() => setSandbox(nodeSandbox)) // one of them has a grader in JavaScript
  afterAll(() => setSandbox(undefined))
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const specs = files.map((name) => ({ name, spec: parseSpec(readFileSync(new URL(name, folder), 'utf8')) }))
  it.each(specs.filter(({ spec }) => spec.model === 'ledger'))('$name is a spec, and learns on the fake policy', async ({ spec }) => {
    // the fake's accuracy has room above it at temperature 1 only
    const evaluation = { ...spec.evaluation, temperature: 1, top_p: 1, every: 0, problems: 100, variants: [] }
    const { run } = journaled({ ...spec, evaluation })
    const { evaluations } = await played(run)
    expect(evaluations[0]!.accuracy).toBeLessThan(0.5)
    expect(evaluations.at(-1)!.accuracy).toBeGreaterThan(evaluations[0]!.accuracy + 0.3)
  })
})

describe('what is done beside the run', () => {
  const twice = { steps: 4, evaluation: { every: 2, problems: 10 } }

  it('waits for the step in progress, and changes nothing of the run', async () => {
    const alone = journaled(specOf(twice))
    await played(alone.run)
    const { run, lines } = journaled(specOf(twice))
    const order: string[] = []
    run.play()
    const aside = run.aside(async ({ policy }) => {
      order.push(`after ${run.reports.length}`)
      const saved = await policy.save()
      await policy.renew()
      await policy.load(saved)
      return policy.info.model
    })
    expect(await aside).toBe('ledger')
    await run.done
    expect(order).toHaveLength(1)
    expect(lines).toEqual(alone.lines)
    await run.close()
  })

  it('opens the model of a run that has not begun, which then waits', async () => {
    const { run, lines } = journaled(specOf(twice))
    expect(await run.aside(({ tokenizer }) => Promise.resolve(tokenizer.decode([]).length))).toBe(0)
    expect(run.state).toBe('paused')
    expect(lines.steps).toEqual([])
    await played(run)
    expect(lines.steps).toHaveLength(4)
    await run.close()
    await expect(run.aside(() => Promise.resolve())).rejects.toThrow('the run has ended')
  })

  it('hands a failure to whoever asked, and the run goes on', async () => {
    const { run } = journaled(specOf(twice))
    const asked = run.aside(() => Promise.reject(new Error('no such question')))
    run.play()
    await expect(asked).rejects.toThrow('no such question')
    expect((await run.done).steps).toBe(4)
  })
})

describe('a download that play began', () => {
  it('stops when the run is paused, and goes on with the next play', async () => {
    const host = createFakeHost()
    const signals: AbortSignal[] = []
    const slow: Host = {
      ...host,
      open(options) {
        signals.push(options.signal!)
        if (signals.length > 1) return host.open(options)
        return new Promise((_, reject) => options.signal!.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError'))))
      },
    }
    const states: RunState[] = []
    const run = createRun(specOf({ steps: 1 }), slow, { state: (state) => states.push(state) })
    run.play()
    await vi.waitFor(() => expect(signals).toHaveLength(1))
    await run.pause()
    expect(states).toEqual(['opening', 'paused'])
    await expect(run.checkpoint()).rejects.toThrow('before its model is open')
    expect(await played(run)).toMatchObject({ steps: 1 })
    expect(states.slice(2)).toEqual(['opening', 'running', 'done'])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await run.close()
  })

  it('fails where it stops by itself', async () => {
    const host: Host = { ...createFakeHost(), open: () => Promise.reject(new DOMException('nobody asked for it', 'AbortError')) }
    const run = createRun(specOf(), host, {})
    await expect(played(run)).rejects.toThrow('nobody asked for it')
  })
})
