import { describe, expect, it } from 'vitest'
import { createFakeHost, FakePolicy, type FakeOptions } from './fake'
import { ledgerHint, VOCABULARY } from './fake-ledger'
import { LORA_TARGETS, type AdamW, type Batch, type SampleOptions } from './policy'
import { truncate } from './truncation'

const open = (options?: FakeOptions) =>
  new FakePolicy({ model: 'fake', adapter: { rank: 2, alpha: 4, targets: [...LORA_TARGETS], seed: 0 } }, options)
const ids = (text: string) => (text.match(/<\/?\w+>|\S/g) ?? []).map((token) => VOCABULARY.indexOf(token))
const text = (tokens: number[]) => tokens.map((token) => VOCABULARY[token]).join('')

const prompt = ids('<q> a+5 b-3 c+8 d+9 <last> _00 <think>')
const batch: Batch = {
  rows: [
    { prompt, completion: ids('a05 b02 </think><ans>') },
    { prompt, completion: ids('a05') },
  ],
  temperature: 0.7,
}
const adam: AdamW = { learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 }
const sampling: SampleOptions = {
  n: 3,
  maxTokens: 30,
  stop: [VOCABULARY.indexOf('<eos>')],
  temperature: 1,
  key: { seed: 5, purpose: 'rollout', step: 1 },
}

async function train(policy: FakePolicy, steps: number) {
  for (let i = 0; i < steps; i++) {
    const { id, logprob } = await policy.forward(batch)
    await policy.backward(id, { logprob: logprob.map((row) => row.map((_, t) => (t % 2 ? 0.3 : -1))) })
    await policy.step(adam)
  }
}

describe('the fake policy', () => {
  it('writes ledgers without a mistake when it is greedy', async () => {
    const [group] = await open().sample([prompt], { ...sampling, n: 1, temperature: 0 })
    expect(text(group![0]!.tokens)).toBe('a05b02c10d19</think><ans>d19<eos>')
    expect(group![0]!.finish).toBe('stop')
    expect(text([ledgerHint(prompt, ids('a05 b02 c77 d'))!])).toBe('8')
  })

  it('has the gradient of its log-probs, by central differences', async () => {
    const policy = open()
    await train(policy, 2)
    const slope = batch.rows.map(({ completion }) => completion.map((_, t) => 0.4 - 0.3 * t))
    const value = async () => {
      const logprob = await policy.logprobs(batch, 'current')
      return logprob.reduce((sum, row, b) => sum + row.reduce((s, lp, t) => s + lp * slope[b]![t]!, 0), 0)
    }
    const { id } = await policy.forward(batch)
    await policy.backward(id, { logprob: slope })
    const gradient = await policy.inspect.gradient()
    const direction = gradient.map((_, i) => Math.sin(7 * i + 1))
    const h = 1e-6
    await policy.inspect.nudge('fake.parameters', direction, h)
    const up = await value()
    await policy.inspect.nudge('fake.parameters', direction, -2 * h)
    const down = await value()
    const exact = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0)
    expect(Math.abs(exact)).toBeGreaterThan(0.1)
    expect(Math.abs((up - down) / (2 * h) / exact - 1)).toBeLessThan(1e-6)
  })

  it('samples the same for the same key, other things for another, and its log-probs are those of forward', async () => {
    const policy = open()
    const sample = (key: Partial<SampleOptions['key']> = {}) =>
      policy.sample([prompt, prompt], { ...sampling, key: { ...sampling.key, ...key } })
    const first = await sample()
    expect(await sample()).toEqual(first)
    expect(first[0]).not.toEqual(first[1])
    for (const other of [{ seed: 6 }, { purpose: 'evaluation' as const }, { step: 2 }, { attempt: 1 }, { round: 1 }])
      expect(await sample(other)).not.toEqual(first)
    expect((await sample({ prompt: 1 }))[0]).toEqual(first[1])
    const rows = first.flat().map(({ tokens }) => ({ prompt, completion: tokens }))
    expect(await policy.logprobs({ rows, temperature: 1 }, 'current')).toEqual(first.flat().map(({ logprobs }) => logprobs))
  })

  it('draws from what top-k, top-p and min-p leave, with the log-probs of all', async () => {
    const policy = open({ hint: 2 })
    await train(policy, 2)
    const first = Array.from(VOCABULARY, (_, v) => ({ prompt, completion: [v] }))
    const log = (await policy.logprobs({ rows: first, temperature: 1 }, 'current')).map(([lp]) => lp!)
    const n = 4000
    for (const rule of [{ topK: 5 }, { topP: 0.5 }, { minP: 0.3 }, { topK: 12, topP: 0.7, minP: 0.1 }]) {
      const group = (await policy.sample([prompt], { ...sampling, n, maxTokens: 1, ...rule }))[0]!
      const p = truncate(log, rule).map(Math.exp)
      const mass = p.reduce((a, b) => a + b, 0)
      p.forEach((share, v) => {
        const seen = group.filter(({ tokens }) => tokens[0] === v).length / n
        const sigma = Math.sqrt((share / mass) * (1 - share / mass) / n)
        expect(Math.abs(seen - share / mass), `${JSON.stringify(rule)}, token ${v}, key seed 5`).toBeLessThanOrEqual(5 * sigma)
      })
      for (const { tokens, logprobs } of group) expect(logprobs[0]).toBe(log[tokens[0]!])
    }
    const plain = await policy.sample([prompt], sampling)
    expect(await policy.sample([prompt], { ...sampling, topP: 1, topK: 0, minP: 0 })).toEqual(plain)
    const greedy = await policy.sample([prompt], { ...sampling, temperature: 0 })
    expect(await policy.sample([prompt], { ...sampling, temperature: 0, topP: 0.1 })).toEqual(greedy)
  })

  it('streams the tokens that it returns', async () => {
    const seen: number[][] = [[], [], []]
    const [group] = await open().sample([prompt], sampling, (news) => news.forEach(({ sample, tokens }) => seen[sample]!.push(...tokens)))
    expect(seen).toEqual(group!.map(({ tokens }) => tokens))
  })

  it('stops sampling when the signal aborts', async () => {
    const stopper = new AbortController()
    const going = open({ delay: 1 }).sample([prompt], { ...sampling, signal: stopper.signal }, () => stopper.abort())
    await expect(going).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('saves and loads exactly, optimizer and all', async () => {
    const [one, two] = [open(), open()]
    await train(one, 3)
    await two.load(await one.save())
    expect(await two.save()).toEqual(await one.save())
    await train(one, 2)
    await train(two, 2)
    expect(await two.save()).toEqual(await one.save())
    await expect(two.load(new Uint8Array(8))).rejects.toThrow('this has 8')
  })

  it('has a value head where it is opened with one: real slopes, a rate of its own, saved with the rest', async () => {
    const open = () => createFakeHost().open({ model: 'fake', adapter: { rank: 8, alpha: 16, targets: [], seed: 0 }, valueHead: true })
    const [policy, other] = [await open(), await open()]
    const batch = { rows: [{ prompt: [3, 4], completion: [5, 4] }, { prompt: [4], completion: [] }], temperature: 1 }
    const slope = { logprob: [[0.3, -0.2], []], value: [[1, -2, 0.5], [0.25]] }
    const loss = async () => {
      const { logprob, value } = await policy.forward(batch)
      const sum = (a: number[][], b: number[][]) => a.flatMap((row, i) => row.map((x, t) => x * b[i]![t]!)).reduce((x, y) => x + y, 0)
      return sum(logprob, slope.logprob) + sum(value!, slope.value)
    }
    await policy.backward((await policy.forward(batch)).id, slope)
    const gradient = await policy.inspect!.gradient('')
    for (const [i, g] of gradient.entries()) {
      if (g === 0 && i % 97 !== 0) continue
      const direction = gradient.map((_, j) => Number(i === j))
      await policy.inspect!.nudge('', direction, 1e-5)
      const above = await loss()
      await policy.inspect!.nudge('', direction, -2e-5)
      expect((above - (await loss())) / 2e-5).toBeCloseTo(g, 5)
      await policy.inspect!.nudge('', direction, 1e-5)
    }
    await policy.step({ ...adam, learningRate: 0, valueLearningRate: 0.5 })
    const { value } = await policy.forward(batch)
    expect(value!.map((row) => row.length)).toEqual([3, 1])
    // weight and bias each move by the rate: those of token 4 against each other, those of token 5 both up
    value![0]!.forEach((v, t) => expect(v).toBeCloseTo([0, 1, 0][t]!, 5))
    await policy.snapshot('kept')
    await other.load(await policy.save())
    expect((await other.forward(batch)).value).toEqual(value)
    expect(await other.logprobs(batch, 'kept')).toEqual(await policy.logprobs(batch, 'kept'))
  })

  it('keeps snapshots, and the bare model, apart from what it trains', async () => {
    const policy = open()
    const bare = await policy.logprobs(batch, 'off')
    await train(policy, 1)
    await policy.snapshot('start')
    const start = await policy.logprobs(batch, 'current')
    expect(start).not.toEqual(bare)
    await train(policy, 1)
    expect(await policy.logprobs(batch, 'start')).toEqual(start)
    expect(await policy.logprobs(batch, 'off')).toEqual(bare)
    await policy.drop('start')
    await expect(policy.logprobs(batch, 'start')).rejects.toThrow('no snapshot “start”')
  })

  it('refuses what it cannot do', async () => {
    const policy = open()
    const { id } = await policy.forward(batch)
    await expect(policy.backward(id + 1, { logprob: [] })).rejects.toThrow('which is gone')
    await policy.backward(id, { logprob: [[NaN, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0]] })
    const before = await policy.save()
    await expect(policy.step(adam)).rejects.toThrow('nothing was applied')
    expect(await policy.save()).toEqual(before)
    await expect(policy.sample([prompt], { ...sampling, topP: 2 })).rejects.toThrow('topP is 2: give')
    await policy.close()
    await expect(policy.forward(batch)).rejects.toThrow('closed')
  })
})

describe('the fake host', () => {
  it('serves a tokenizer, and no other file', async () => {
    const host = createFakeHost()
    expect(JSON.parse(await host.file('any', 'tokenizer.json'))).toHaveProperty('model')
    await expect(host.file('any', 'model.onnx')).rejects.toThrow('any has no file model.onnx')
  })
})
