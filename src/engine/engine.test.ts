import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Policy, SampleOptions } from '../policy/policy'
import { truncate } from '../policy/truncation'
import { openEngine } from './cases'

const fixtures = fileURLToPath(new URL('../../fixtures/trl_run', import.meta.url))
const prompts = [[5, 9, 2], [33], [7, 7, 7, 12, 40, 3]]
const options: SampleOptions = { n: 3, maxTokens: 13, stop: [1, 20], temperature: 1, key: { seed: 5, purpose: 'rollout', step: 3 } }
const adamw = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 }
const open = () => openEngine(`${fixtures}/checkpoint`, `${fixtures}/adapter`)

describe('engine', () => {
  let policy: Policy
  beforeAll(async () => {
    policy = await open()
  })
  afterAll(() => policy.close())

  const rowsOf = (sampled: Awaited<ReturnType<Policy['sample']>>) =>
    sampled.flatMap((group, q) => group.map(({ tokens }) => ({ prompt: prompts[q]!, completion: tokens })))

  it.each(['current', 'off'])('samples with the log-probs of its own forward, adapter %s', async (adapter) => {
    const sampled = await policy.sample(prompts, { ...options, temperature: 0.7, adapter })
    const scored = await policy.logprobs({ rows: rowsOf(sampled), temperature: 0.7 }, adapter)
    sampled.flat().forEach(({ logprobs }, b) => logprobs.forEach((l, t) => expect(Math.abs(l - scored[b]![t]!)).toBeLessThan(1e-4)))
  })

  it.each([{ topP: 0.6 }, { topK: 9, topP: 0.8, minP: 0.05 }])('draws only what is left by %o, with the log-probs of all', async (rule) => {
    const temperature = 0.7
    const sampled = await policy.sample(prompts, { ...options, temperature, ...rule })
    const rows = rowsOf(sampled)
    const scored = await policy.logprobs({ rows, temperature }, 'current')
    const completions = sampled.flat()
    completions.forEach(({ logprobs }, b) => logprobs.forEach((l, t) => expect(Math.abs(l - scored[b]![t]!)).toBeLessThan(1e-4)))
    // the whole distribution before every fourth token of the first completion
    const { prompt, completion } = rows[0]!
    const looked = completion.flatMap((_, t) => (t % 4 === 0 ? [t] : []))
    const { vocabulary } = policy.info
    const ends = looked.flatMap((t) => Array.from({ length: vocabulary }, (_, v) => ({ prompt, completion: [...completion.slice(0, t), v] })))
    const log = (await policy.logprobs({ rows: ends, temperature }, 'current')).map((row) => row.at(-1)!)
    for (const [i, t] of looked.entries()) {
      const left = truncate(log.slice(i * vocabulary, (i + 1) * vocabulary), rule)
      expect(left[completion[t]!], `token ${t}`).toBeGreaterThan(-Infinity)
    }
    const free = (await policy.sample(prompts, { ...options, temperature })).flat()
    expect(free.some(({ tokens }, b) => tokens.some((token, t) => token !== completions[b]!.tokens[t]))).toBe(true)
    expect((await policy.sample(prompts, { ...options, temperature, topP: 1, topK: 0, minP: 0 })).flat()).toEqual(free)
  })

  it('ends at a stop token, which it keeps, or at the limit', async () => {
    const sampled = (await policy.sample(prompts, { ...options, n: 20 })).flat()
    expect(new Set(sampled.map(({ finish }) => finish))).toEqual(new Set(['stop', 'length']))
    for (const { tokens, finish } of sampled) {
      expect(tokens.findIndex((id) => options.stop.includes(id))).toBe(finish === 'stop' ? tokens.length - 1 : -1)
      if (finish === 'length') expect(tokens.length).toBe(options.maxTokens)
    }
  })

  it('draws by its key alone: not by what else is in the batch', async () => {
    const together = await policy.sample(prompts, options)
    const alone = await policy.sample([prompts[1]!], { ...options, n: 1, key: { ...options.key, prompt: 1, sample: 2 } })
    expect(alone[0]![0]).toEqual(together[1]![2])
    const other = await policy.sample(prompts, { ...options, key: { ...options.key, step: 4 } })
    expect(other).not.toEqual(together)
  })

  it('tells every token once, as it comes', async () => {
    const told = prompts.map(() => Array.from({ length: options.n }, (): number[] => []))
    const sampled = await policy.sample(prompts, options, (news) => {
      for (const { prompt, sample, tokens } of news) told[prompt]![sample]!.push(...tokens)
    })
    expect(told).toEqual(sampled.map((group) => group.map(({ tokens }) => tokens)))
  })

  it('is greedy at temperature 0', async () => {
    const greedy = (await policy.sample([prompts[0]!], { ...options, n: 1, temperature: 0, stop: [] }))[0]![0]!
    for (let t = 0; t < 3; t++) {
      const prompt = [...prompts[0]!, ...greedy.tokens.slice(0, t)]
      const every = Array.from({ length: policy.info.vocabulary }, (_, v) => ({ prompt, completion: [v] }))
      const logprobs = (await policy.logprobs({ rows: every, temperature: 1 }, 'current')).map(([l]) => l!)
      expect(logprobs.indexOf(Math.max(...logprobs))).toBe(greedy.tokens[t])
    }
  })

  it('stops when told to', async () => {
    const stop = new AbortController()
    const sampling = policy.sample(prompts, { ...options, stop: [], maxTokens: 50, signal: stop.signal }, () => stop.abort())
    await expect(sampling).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('goes on from its saved state exactly', async () => {
    const other = await open()
    const step = async (p: Policy) => {
      const { id, logprob } = await p.forward({ rows: [{ prompt: [5, 9], completion: [3, 4, 5] }], temperature: 1 })
      await p.backward(id, { logprob: [[1, -1, 0.5]] })
      return { logprob, ...(await p.step(adamw)) }
    }
    await step(other)
    await other.snapshot('kept')
    await step(other)
    const saved = await other.save()
    const then = [await step(other), await step(other)]
    await other.load(saved)
    expect([await step(other), await step(other)]).toEqual(then)
    const again = await open()
    await again.load(saved)
    expect([await step(again), await step(again)]).toEqual(then)
    const batch = { rows: [{ prompt: [5], completion: [9, 2] }], temperature: 1 }
    expect(await again.logprobs(batch, 'kept')).toEqual(await other.logprobs(batch, 'kept'))
    await expect(again.load(saved.slice(0, 40))).rejects.toThrow(/not a checkpoint/)
    await again.close()
    await other.close()
  })

  it('begins anew when asked, and keeps its snapshots', async () => {
    const other = await open()
    const batch = { rows: [{ prompt: [5, 9], completion: [3, 4, 5] }], temperature: 1 }
    const before = await other.logprobs(batch, 'current')
    await other.snapshot('kept')
    await other.backward((await other.forward(batch)).id, { logprob: [[1, -1, 0.5]] })
    await other.step(adamw)
    await other.renew()
    expect(await other.logprobs(batch, 'current')).toEqual(await other.logprobs(batch, 'off'))
    expect(await other.logprobs(batch, 'kept')).toEqual(before)
    const states: Uint8Array[] = []
    for (let i = 0; i < 2; i++) {
      await other.renew()
      await other.backward((await other.forward(batch)).id, { logprob: [[1, -1, 0.5]] })
      await other.step(adamw)
      states.push(await other.save())
    }
    expect(states[1]).toEqual(states[0]) // adapter, gradients and optimizer are all new
    await other.close()
  })

  it('writes its adapter as PEFT does, and goes on from the files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'etude-adapter-'))
    const files = await policy.exportAdapter()
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
    const again = await openEngine(`${fixtures}/checkpoint`, folder)
    rmSync(folder, { recursive: true })
    const batch = { rows: [{ prompt: [5, 9], completion: [3, 4, 5] }], temperature: 1 }
    expect(await again.logprobs(batch, 'current')).toEqual(await policy.logprobs(batch, 'current'))
    expect(Object.keys(files).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
    await again.close()
  })

  it('refuses what it cannot do, in a sentence', async () => {
    const sample = (more: Partial<SampleOptions>) => policy.sample(prompts, { ...options, ...more })
    for (const topP of [0, 1.1, Number.NaN]) await expect(sample({ topP })).rejects.toThrow(`topP is ${topP}: give`)
    for (const topK of [-1, 2.5]) await expect(sample({ topK })).rejects.toThrow(`topK is ${topK}: give`)
    for (const minP of [-0.1, 1]) await expect(sample({ minP })).rejects.toThrow(`minP is ${minP}: give`)
    await expect(sample({ maxTokens: 100000 })).rejects.toThrow(/do not fit into the \d+ positions/)
    await expect(policy.sample([[]], options)).rejects.toThrow(/prompt is empty/)
    await expect(policy.sample([[999]], options)).rejects.toThrow(/Token 999 is not in the vocabulary/)
    await expect(policy.logprobs({ rows: [{ prompt: [1], completion: [2] }], temperature: 1 }, 'nobody')).rejects.toThrow(
      /no snapshot "nobody"/,
    )
    await expect(policy.backward(77, { logprob: [] })).rejects.toThrow(/does not belong to the last forward/)
  })

  it('leaves everything as it was when a gradient is not finite', async () => {
    const before = await policy.save()
    const { id } = await policy.forward({ rows: [{ prompt: [5, 9], completion: [3] }], temperature: 1 })
    await policy.backward(id, { logprob: [[Number.NaN]] })
    await expect(policy.step(adamw)).rejects.toThrow(/not finite/)
    expect(await policy.save()).toEqual(before)
  })
})
