/** Our client against our server, over the same fake policy as without them: the same numbers, whatever lies between. */
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeHost } from '../../policy/fake'
import { LORA_TARGETS, type AdamW, type Batch, type SampleOptions } from '../../policy/policy'
import { tinkerHost } from '../../policy/tinker/host'
import { createRun } from '../../runs/run'
import { parseSpec } from '../../runs/spec'
import { createSteadyRun } from '../../runs/steady-run'
import { ADDRESS, testServer, TOKEN, type TestServer } from './server.fixture'

const adapter = { rank: 8, alpha: 16, targets: [...LORA_TARGETS], seed: 3 }
const adamw: AdamW = { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 }
const options: SampleOptions = { n: 3, maxTokens: 9, stop: [1], temperature: 0.7, minP: 0.01, key: { seed: 5, purpose: 'rollout', step: 2, prompt: 4 } }
const prompts = [[3, 4, 5], [6, 7]]
const batch: Batch = { temperature: 0.7, rows: [{ prompt: [3, 4], completion: [5, 6, 1] }, { prompt: [7], completion: [8, 9] }] }
const slope = { logprob: [[0.5, -1, 0.25], [-0.5, 2]] }

let server: TestServer | undefined
const connect = (changes: Parameters<typeof testServer> = [createFakeHost()]) => {
  server = testServer(...changes)
  return tinkerHost({ url: ADDRESS, key: TOKEN, fetch: server.fetch, patience: 2000 })
}
afterEach(() => server?.close())

const close = (a: number[][], b: number[][]) => a.forEach((row, i) => row.forEach((x, j) => expect(x).toBeCloseTo(b[i]![j]!, 5)))

describe('a policy on our server', () => {
  it('samples, scores and learns as the same policy here', async () => {
    const here = await createFakeHost().open({ model: 'fake', adapter })
    const there = await connect().open({ model: 'fake', adapter })
    expect({ ...there.info, can: undefined }).toEqual({ ...here.info, can: undefined })
    expect(there.info.can).toEqual({ ...here.info.can, inspect: false })
    await Promise.all([here.snapshot('start'), there.snapshot('start')])
    for (let step = 0; step < 3; step++) {
      const [a, b] = [await here.sample(prompts, options), await there.sample(prompts, options)]
      expect(b.map((group) => group.map(({ tokens, finish }) => ({ tokens, finish })))).toEqual(a.map((group) => group.map(({ tokens, finish }) => ({ tokens, finish }))))
      close(b.flat().map(({ logprobs }) => logprobs), a.flat().map(({ logprobs }) => logprobs))
      for (const adapter of ['current', 'off', 'start']) close(await there.logprobs(batch, adapter), await here.logprobs(batch, adapter))
      const [mine, theirs] = [await here.forward(batch), await there.forward(batch)]
      close(theirs.logprob, mine.logprob)
      close(theirs.entropy, mine.entropy)
      await Promise.all([here.backward(mine.id, slope), there.backward(theirs.id, slope)])
      const [one, two] = [await here.step(adamw), await there.step(adamw)]
      expect(two.gradNorm).toBeCloseTo(one.gradNorm, 4)
    }
    expect(server!.asked.filter((path) => path.endsWith('forward_backward')).length).toBe(15) // 3 × (3 scores, forward, backward)
    await there.close()
    expect(server!.counts()).toMatchObject({ models: 0, waiting: 0 })
  })

  it('hands its state over and takes it back, to the bit', async () => {
    const host = connect()
    const [one, two] = [await host.open({ model: 'fake', adapter }), await host.open({ model: 'fake', adapter })]
    const learn = async (policy: typeof one) => {
      const { id } = await policy.forward(batch)
      await policy.backward(id, slope)
      await policy.step(adamw)
    }
    await learn(one)
    const here = await createFakeHost().open({ model: 'fake', adapter })
    await here.load(await one.save()) // brought home
    await two.load(await here.save()) // and moved out again
    expect(await two.logprobs(batch, 'current')).toEqual(await one.logprobs(batch, 'current'))
    await Promise.all([learn(one), learn(two)]) // AdamW's moments came along
    expect(Buffer.from(await two.save()).equals(Buffer.from(await one.save()))).toBe(true)
    expect(Object.keys(await one.exportAdapter()).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors'])
    await expect(two.load(new Uint8Array([1, 2, 3]))).rejects.toThrow('saved fake policy')
    expect(await two.logprobs(batch, 'current')).toEqual(await one.logprobs(batch, 'current'))
    await two.renew()
    expect(await two.logprobs(batch, 'current')).toEqual(await two.logprobs(batch, 'off'))
  })

  it('takes turns with others in one engine without a trace of them, gradients that wait included', async () => {
    const host = connect([createFakeHost(), { turn: 0, grace: 0 }])
    const alone = await createFakeHost().open({ model: 'fake', adapter })
    const learners = await Promise.all([0, 1, 2].map(() => host.open({ model: 'fake', adapter })))
    const learn = async (policy: typeof alone) => {
      for (let step = 0; step < 2; step++) {
        for (let piece = 0; piece < 2; piece++) {
          const { id } = await policy.forward(batch)
          await policy.backward(id, slope)
        }
        await policy.step(adamw)
      }
      return policy.logprobs(batch, 'current')
    }
    const [wanted, ...got] = [await learn(alone), ...(await Promise.all(learners.map(learn)))]
    for (const each of got) close(each, wanted)
    expect(got[1]).toEqual(got[0])
  })

  it('stops a sampling that is no longer wanted', async () => {
    const there = await connect([createFakeHost({ delay: 20 })]).open({ model: 'fake', adapter })
    const stopper = new AbortController()
    const sampling = there.sample(prompts, { ...options, maxTokens: 100, stop: [], signal: stopper.signal })
    setTimeout(() => stopper.abort(), 60)
    await expect(sampling).rejects.toMatchObject({ name: 'AbortError' })
    expect(await there.sample(prompts, { ...options, maxTokens: 1 })).toHaveLength(2) // the engine is free again
  })

  it('says what is wrong in a sentence', async () => {
    const host = connect()
    await expect(host.open({ model: 'other', adapter })).rejects.toThrow('has no model other; it has fake')
    await expect(host.open({ model: 'fake', adapter: { ...adapter, rank: 256 } })).rejects.toThrow('rank 256 is more than')
    await expect(host.open({ model: 'fake', adapter: { ...adapter, start: 'x/y' } })).rejects.toThrow('leave adapter.start out')
    const policy = await host.open({ model: 'fake', adapter })
    await expect(policy.sample([[99]], options)).rejects.toThrow('token 99; ids are below 37')
    await expect(policy.logprobs(batch, 'nowhere')).rejects.toThrow('no snapshot “nowhere”')
    await expect(tinkerHost({ url: ADDRESS, key: 'tml-wrong', fetch: server!.fetch }).profile()).rejects.toThrow('token is wrong')
  })
})

describe('a run on our server', () => {
  const spec = parseSpec(JSON.stringify({
    model: 'fake',
    steps: 4,
    evaluation: { every: 2, problems: 6 },
    algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22, beta: 0.04, reference: 'start', learning_rate: 1e-3 },
    seed: 3,
  }))
  type Played = Awaited<ReturnType<typeof play>>
  const play = async (host: ReturnType<typeof createFakeHost>, listeners: Parameters<typeof createSteadyRun>[2] = {}) => {
    const run = createSteadyRun(spec, host, listeners)
    run.play()
    const { evaluations } = await run.done
    await run.close()
    return { reports: run.reports, evaluations }
  }
  const same = (there: Played, here: Played) => {
    expect(there.reports.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    here.reports.forEach(({ metrics, groups }, i) => {
      const other = there.reports[i]!
      expect(other.groups.map(({ completions }) => completions.map(({ text }) => text))).toEqual(groups.map(({ completions }) => completions.map(({ text }) => text)))
      for (const [name, value] of Object.entries(metrics)) {
        if (name.includes('time') || name.includes('second')) continue
        expect(Math.abs(other.metrics[name]! - value), `${name} of step ${i + 1}`).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)))
      }
    })
    expect(there.evaluations.map(({ accuracy }) => accuracy)).toEqual(here.evaluations.map(({ accuracy }) => accuracy))
  }

  it('is the run here', async () => {
    same(await play(connect()), await play(createFakeHost()))
  })

  it('goes on, the same, when the server is killed and another one starts', async () => {
    const first = testServer(createFakeHost())
    server = first
    let restarts = 0
    const host = tinkerHost({ url: ADDRESS, key: TOKEN, fetch: (input, init) => server!.fetch(input, init), patience: 2000 })
    const why: string[] = []
    const there = await play(host, {
      report({ step }) {
        if (step !== 2 || restarts++ > 0) return
        void first.close()
        server = testServer(createFakeHost()) // knows nothing of the session
      },
      rewound: (_, __, reason) => why.push(reason),
    })
    console.log(why)
    expect(restarts).toBeGreaterThan(0)
    expect(why).toHaveLength(1)
    same(there, await play(createFakeHost()))
  })

  it('moves out and comes home in the middle', async () => {
    const half = async (host: ReturnType<typeof createFakeHost>, resume?: Uint8Array) => {
      const run = createRun(spec, host, {}, resume)
      await run.step()
      const checkpoint = await run.checkpoint()
      await run.close()
      return { checkpoint, reports: run.reports }
    }
    const [wanted, away] = [await play(createFakeHost()), connect()]
    const one = await half(createFakeHost())
    const two = await half(away, one.checkpoint)
    const three = await half(createFakeHost(), two.checkpoint)
    const metrics = [one, two, three].map(({ reports }) => reports[0]!.metrics)
    metrics.forEach(({ loss, grad_norm: norm, kl }, i) => {
      const of = wanted.reports[i]!.metrics
      expect([loss, norm, kl].map((x) => x!.toFixed(4))).toEqual([of.loss, of.grad_norm, of.kl].map((x) => x!.toFixed(4)))
    })
  })
})
