import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FakePolicy } from '../policy/fake'
import type { Batch, Forward, PerToken, Policy } from '../policy/policy'
import { shared, sources } from '../hub/golden'
import { readTrlRun, replayTrlRun, type TrlRun } from './trl-run'

/** A policy that says what the recorded model said, so that everything but the model is under test. */
class RecordedPolicy extends FakePolicy implements Policy {
  private step_ = 0
  private piece = 0

  constructor(private readonly recorded: TrlRun) {
    super({ model: 'recorded', adapter: { rank: 4, alpha: 8, targets: [], seed: 0 } })
    Object.assign(this.info.can, { entropySlope: true, valueHead: true })
  }

  private get now() {
    return this.recorded.steps[this.step_]!
  }

  override forward({ rows }: Batch): Promise<Forward> {
    const { logprobs, entropies, values } = this.now.micro_batches[this.piece]!
    expect(logprobs.map((row) => row.length)).toEqual(rows.map(({ completion }) => completion.length))
    const value = values?.map((row, b) => [...row, 0].slice(0, logprobs[b]!.length + 1)) // the last one where it was not asked for
    return Promise.resolve({ id: 0, logprob: logprobs, entropy: entropies ?? logprobs.map((row) => row.map(() => 0)), ...(value && { value }) })
  }

  override backward(): Promise<void> {
    this.piece++
    return Promise.resolve()
  }

  override logprobs(_: Batch, adapter: string): Promise<PerToken> {
    const old = this.now.micro_batches.map((of) => of.old_logprobs ?? of.logprobs)
    if (adapter === 'current') return Promise.resolve(old.flat())
    return Promise.resolve(this.now.micro_batches.flatMap((of, i) => of.ref_logprobs ?? this.standIn(old[i]!)))
  }

  /** RLOO's reference was not recorded: one that gives the KL and the advantages which were. The engine's replay has the real one. */
  private standIn(old: PerToken): PerToken {
    const { config, generations } = this.recorded as Extract<TrlRun, { kind: 'grpo' }>
    const [size, beta] = [Number(config.num_generations), Number(config.beta)]
    const { rewards } = generations[Math.floor(this.step_ / Number(config.num_iterations))]!
    const advantages = this.now.micro_batches[0]!.advantages!
    const share = (this.now.metrics.kl! * old.flat().length) / old.length
    return old.map((row, b) => {
      const from = b - (b % size)
      const average = rewards.slice(from, from + size).reduce((sum, r) => sum + r, 0) / size
      const sum = share + (rewards[b]! - average - (advantages[b]! * (size - 1)) / size) / beta // of old − ref
      return row.map((lp) => lp - sum / row.length)
    })
  }

  override step(): Promise<{ gradNorm: number }> {
    const gradNorm = this.now.grad_norm
    this.step_++
    this.piece = 0
    return Promise.resolve({ gradNorm })
  }
}

/** Greedy tokens do not come through the door, and the entropies of SFT runs were not recorded token by token. */
const unseen = (run: TrlRun) => new Set(run.kind === 'sft' ? ['mean_token_accuracy', 'entropy'] : [])

const folders = [sources('trl_run')[0]!, { where: 'golden/trl_run of the shared folder (ETUDE_SHARED)', path: shared('golden', 'trl_run') }]

describe.each(folders)('whole runs of TRL, given its log-probs: $where', ({ path }) => {
  const names = path ? readdirSync(path).filter((name) => existsSync(join(path, name, 'run.json'))) : []
  const runs = names.map((name) => ({ name, run: readTrlRun(readFileSync(join(path!, name, 'run.json'), 'utf8')) }))
  const mine = runs.flatMap(({ name, run }) => (typeof run === 'string' ? [] : [{ name, run }]))

  it.skipIf(!path)('finds its runs, and says what it leaves out', () => {
    const left = runs.flatMap(({ name, run }) => (typeof run === 'string' ? [`${name} (${run})`] : []))
    console.info(`${mine.length} of ${runs.length} runs; left out: ${left.join(', ') || 'none'}`)
    expect(mine.length).toBeGreaterThan(0)
  })

  it.each(mine)('$name', async ({ run }) => {
    let steps = 0
    for await (const { report } of replayTrlRun(run, new RecordedPolicy(run))) {
      const want = run.steps[steps++]!
      expect(report.step).toBe(want.step)
      expect(report.metrics.learning_rate).toBe(want.learning_rate)
      expect(Math.abs(report.metrics.loss! - want.loss)).toBeLessThan(1e-6)
      for (const [name, value] of Object.entries(want.metrics)) {
        if (value === null || unseen(run).has(name)) continue
        expect(report.metrics, name).toHaveProperty([name])
        expect(Math.abs(report.metrics[name]! - value), `step ${want.step}: ${name}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)))
      }
      const advantages = want.micro_batches.flatMap((of) => of.advantages ?? [])
      const got = report.groups.flatMap(({ completions }) => completions.map(({ advantage }) => advantage))
      got.forEach((advantage, b) => expect(Math.abs(advantage - advantages[b]!)).toBeLessThan(1e-5))
    }
    expect(steps).toBe(run.steps.length)
  })
})
