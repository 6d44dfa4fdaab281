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
  }

  private get now() {
    return this.recorded.steps[this.step_]!
  }

  override forward({ rows }: Batch): Promise<Forward> {
    const { logprobs, entropies } = this.now.micro_batches[this.piece]!
    expect(logprobs.map((row) => row.length)).toEqual(rows.map(({ completion }) => completion.length))
    return Promise.resolve({ id: 0, logprob: logprobs, entropy: entropies ?? logprobs.map((row) => row.map(() => 0)) })
  }

  override backward(): Promise<void> {
    this.piece++
    return Promise.resolve()
  }

  override logprobs(_: Batch, adapter: string): Promise<PerToken> {
    return Promise.resolve(
      this.now.micro_batches.flatMap((of) => (adapter === 'current' ? (of.old_logprobs ?? of.logprobs) : of.ref_logprobs!)),
    )
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
    expect(new Set(mine.map(({ run }) => run.kind))).toEqual(new Set(['grpo', 'sft']))
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
