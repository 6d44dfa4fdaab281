/** For tests: whole recorded training runs of TRL + PEFT, run again by our algorithms on our engine. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gradientsOf, openEngine, parametersOf, tensorsOf } from '../engine/cases'
import type { AdamW, Policy } from '../policy/policy'
import { readTrlRun, replayTrlRun, type TrlRun } from '../rl/trl-run'

/** Largest differences that f32 explains (the README of the recordings). */
const LIMITS = { logprob: 5e-5, value: 5e-5, loss: 1e-5, kl: 1e-5, gradNorm: 1e-4, gradient: 1e-4, adapterRms: 1e-2 }

export function describeTrlRuns(folder: string): void {
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'run.json')))
  const runs = names.map((name) => ({ name, run: readTrlRun(readFileSync(join(folder, name, 'run.json'), 'utf8')) }))
  const mine = runs.flatMap(({ name, run }) => (typeof run === 'string' ? [] : [{ name, run }]))
  const open = (valueHead = false) => openEngine(join(folder, 'checkpoint'), join(folder, 'adapter'), { valueHead })

  it('finds its runs, and says what it leaves out', () => {
    const left = runs.flatMap(({ name, run }) => (typeof run === 'string' ? [`${name} (${run})`] : []))
    console.info(`${mine.length} of ${runs.length} runs; left out: ${left.join(', ') || 'none'}`)
    expect(mine.length).toBeGreaterThan(0)
  })

  it('gives every logit of forward.json as a log-prob, with the adapter and without', async () => {
    const forward = JSON.parse(readFileSync(join(folder, 'forward.json'), 'utf8')) as Record<string, number[][]> & { input_ids: number[] }
    const policy = await open()
    for (const [key, adapter] of [['logits', 'off'], ['logits_with_adapter', 'current']] as const) {
      for (const [position, logits] of forward[key]!.entries()) {
        const prompt = forward.input_ids.slice(0, position + 1)
        const ours = await policy.logprobs({ rows: logits.map((_, v) => ({ prompt, completion: [v] })), temperature: 1 }, adapter)
        const top = Math.max(...logits)
        const lse = top + Math.log(logits.reduce((sum, l) => sum + Math.exp(l - top), 0))
        logits.forEach((l, v) => expect(Math.abs(ours[v]![0]! - (l - lse))).toBeLessThan(LIMITS.logprob))
      }
    }
    await policy.close()
  })

  describe.each(mine)('$name', ({ name, run }) => {
    it('agrees step by step', async () => {
      const policy = await open(run.kind === 'ppo')
      if (run.kind === 'ppo') await startHead(policy, join(folder, name, 'value_head_0.safetensors'))
      console.info(`${name}: ${await compare(run, policy, join(folder, name))}`)
      await policy.close()
    })
  })
}

const ourName = (tensor: string) => tensor.replace('value_head', 'v_head')

/** Gives the value head, which starts at zero, the recorded start. */
async function startHead(policy: Policy, file: string): Promise<void> {
  for (const [tensor, values] of tensorsOf(file)) await policy.inspect!.nudge(ourName(tensor), [...values], 1)
}

/** Runs it again and compares; returns the largest differences as a sentence. */
async function compare(run: TrlRun, policy: Policy, folder: string): Promise<string> {
  const worst = { logprob: 0, value: 0, loss: 0, kl: 0, gradNorm: 0, gradient: 0, adapterRms: 0 }
  const note = (key: keyof typeof worst, value: number) => {
    expect(value, key).toBeLessThanOrEqual(LIMITS[key])
    worst[key] = Math.max(worst[key], value)
  }
  let clipped: Map<string, number[]> | undefined
  let made = 0
  const watched = Object.assign(Object.create(policy) as Policy, {
    step: async (settings: AdamW) => {
      clipped = existsSync(join(folder, `grads_${made + 1}.safetensors`)) ? await gradientsOf(policy) : undefined
      return policy.step(settings)
    },
  })
  for await (const { report, forwards } of replayTrlRun(run, watched)) {
    const wanted = run.steps[made++]!
    const { metrics } = report
    const learnt = forwards.slice(-wanted.micro_batches.length) // a look before the first step, for values, is none of them
    wanted.micro_batches.forEach(({ logprobs, values, completion_mask: mask }, i) => {
      logprobs.forEach((row, b) => {
        if (mask?.[b] !== 0) row.forEach((x, t) => note('logprob', Math.abs(learnt[i]!.logprob[b]![t]! - x)))
      })
      values?.forEach((row, b) => row.forEach((x, t) => note('value', Math.abs(learnt[i]!.value![b]![t]! - x))))
    })
    note('loss', Math.abs(metrics.loss! - wanted.loss))
    note('gradNorm', Math.abs(metrics.grad_norm! / wanted.grad_norm - 1))
    if (wanted.metrics.kl != null) note('kl', Math.abs(metrics.kl! - wanted.metrics.kl))
    for (const [key, value] of Object.entries(wanted.metrics)) {
      if (key.includes('clip_ratio') && value !== null) expect(metrics[key], key).toBeCloseTo(value, 6)
      if (['policy_loss', 'entropy', 'entropy_coef'].includes(key) && run.kind === 'grpo') expect(metrics[key], key).toBeCloseTo(value!, 4)
    }
    if (clipped) {
      const scale = Math.min(1, (Number(run.config.max_grad_norm ?? 1) || Infinity) / (metrics.grad_norm! + 1e-6))
      const tensors = tensorsOf(join(folder, `grads_${made}.safetensors`))
      for (const [tensor, recorded] of tensors) {
        const ours = clipped.get(ourName(tensor))!
        // the head's bias is one number, a sum of slopes that nearly cancel: it is measured with the weights beside it
        const largest = Math.max(...(tensors.get(tensor.replace('head.bias', 'head.weight')) ?? recorded).map(Math.abs))
        recorded.forEach((x, i) => note('gradient', Math.abs(scale * ours[i]! - x) / largest))
      }
    }
    const ours = await parametersOf(policy)
    for (const [tensor, recorded] of tensorsOf(join(folder, `adapter_${made}.safetensors`))) {
      const off = recorded.reduce((sum, x, i) => sum + (ours.get(ourName(tensor))![i]! - x) ** 2, 0)
      note('adapterRms', Math.sqrt(off / recorded.length) / wanted.learning_rate)
    }
  }
  expect(made).toBe(run.steps.length)
  return Object.entries(worst).map(([key, value]) => `${key} ${value.toExponential(1)}`).join(', ')
}
