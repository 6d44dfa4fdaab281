/**
 * Our client against servers that are not ours: one that adds up plainly, one that takes means as SkyRL does. A policy there learns what the
 * same policy learns here. The servers are our own without their extensions, and with the faults named in each test.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeHost as createHost } from '../../policy/fake'
import type { Host } from '../../policy/host'
import { LORA_TARGETS, type AdamW, type Batch, type Policy, type Slope } from '../../policy/policy'
import { tinkerHost, type TinkerHost } from '../../policy/tinker/host'
import { ADDRESS, bentPolicy, testServer, TOKEN, type TestServer } from './server.fixture'

/** Its hint does not depend on where the prompt ends, which the wire does not say. */
const createFakeHost = () => createHost({ hintOf: () => 4 })
const adapter = { rank: 8, alpha: 32, targets: [...LORA_TARGETS], seed: 3 }
const adamw: AdamW = { learningRate: 1e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-4, weightDecay: 0.1, maxGradNorm: 0 }
const batch = (from: number): Batch => ({ temperature: 1, rows: [{ prompt: [3, from], completion: [5, 6, 1] }, { prompt: [7], completion: [8, 9, from, 4, 1] }] })
const slope = { logprob: [[0.5, -1, 0.25], [-0.5, 2, 0.1, 0, 1]] }
const config = {
  model_type: 'fake', vocab_size: 37, hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2,
  max_position_embeddings: 160, eos_token_id: 1,
}

let server: TestServer
afterEach(() => server.close())

type Fault = (path: string, attempt: number) => 'lose reply' | 'break' | 'refuse' | undefined

/** Without the extensions; `fault` says what goes wrong with a request. */
function connect(host: Host, fault: Fault = () => undefined): TinkerHost {
  server = testServer(host)
  const attempts = new Map<string, number>()
  return tinkerHost({
    url: ADDRESS,
    key: TOKEN,
    alpha: 32,
    file: (_, path) => (path === 'config.json' ? Promise.resolve(JSON.stringify(config)) : Promise.reject(new Error('there is none'))),
    pause: () => Promise.resolve(),
    fetch: async (input, init) => {
      const path = (input as string).split('/').at(-1)!
      const attempt = (attempts.get(path) ?? 0) + 1
      attempts.set(path, attempt)
      const wrong = fault(path, attempt)
      if (wrong === 'refuse') return new Response('busy', { status: 503 })
      if (wrong === 'break') throw new TypeError('fetch failed')
      const answer = await server.fetch(input, init)
      if (wrong === 'lose reply') throw new TypeError('fetch failed')
      if (path !== 'config' && path !== 'get_server_capabilities') return answer
      return Response.json(JSON.parse((await answer.text()).replace('"etude":1', '"x":1').replaceAll('"etude":{', '"x":{')))
    },
  })
}

/** Each row's loss by its mean over tokens, and by the mean over the rows since the last step, but for cross-entropy's weights. */
function skyrl(): Host {
  const host = createFakeHost()
  return {
    ...host,
    async open(options) {
      const policy = await host.open(options)
      let waiting: { batch: Batch; slope: Slope }[] = []
      let last: Batch
      return bentPolicy(policy, {
        forward: (batch) => policy.forward((last = batch)),
        backward(_, slope) {
          waiting.push({ batch: last, slope })
          return Promise.resolve()
        },
        async step(adamw) {
          const rows = waiting.reduce((all, { batch }) => all + batch.rows.length, 0)
          for (const { batch, slope } of waiting) {
            const { id } = await policy.forward(batch)
            await policy.backward(id, { logprob: slope.logprob.map((row) => row.map((each) => each / row.length / rows)) })
          }
          waiting = []
          return policy.step(adamw)
        },
      })
    },
  }
}

async function learn(policy: Policy): Promise<number[][]> {
  for (let step = 0; step < 3; step++) {
    for (const from of [2, 10]) {
      const { id } = await policy.forward(batch(from))
      await policy.backward(id, slope)
    }
    await policy.step(adamw)
  }
  return policy.logprobs(batch(2), 'current')
}

const close = (a: number[][], b: number[][]) => a.forEach((row, i) => row.forEach((x, j) => expect(x).toBeCloseTo(b[i]![j]!, 4)))
const here = async () => learn(await createFakeHost().open({ model: 'fake', adapter }))

describe('a server that adds up plainly', () => {
  it('is found to be one, and learns what we learn', async () => {
    const host = connect(createFakeHost())
    expect(await host.engine('fake', 8)).toMatchObject({ route: 'signed', alpha: 32, sampling: { promptLogprobs: true, stopIncluded: true } })
    const policy = await host.open({ model: 'fake', adapter })
    expect(policy.info).toMatchObject({ vocabulary: 37, eos: [1], contextLength: 160, can: { valueHead: false, minP: false, snapshots: true, entropy: false } })
    close(await learn(policy), await here())
    const groups = await policy.sample([[3, 4], [5]], { n: 2, maxTokens: 5, stop: [1], temperature: 1, key: { seed: 1, purpose: 'rollout', step: 0 } })
    expect(groups.map((group) => group.length)).toEqual([2, 2])
    const [row] = groups[1]!
    close([row!.logprobs], await policy.logprobs({ temperature: 1, rows: [{ prompt: [5], completion: row!.tokens }] }, 'current'))
  })

  it('keeps snapshots and checkpoints by their names there', async () => {
    const policy = await connect(createFakeHost()).open({ model: 'fake', adapter })
    await policy.snapshot('start')
    const first = await policy.logprobs(batch(2), 'current')
    const saved = await policy.save()
    const after = await learn(policy)
    close(await policy.logprobs(batch(2), 'start'), first)
    close(await policy.logprobs(batch(2), 'off'), first)
    await policy.load(saved)
    close(await policy.logprobs(batch(2), 'current'), first)
    close(await learn(policy), after)
    await expect(policy.load(new Uint8Array([1, 2]))).rejects.toThrow('the Tinker wire takes no weights')
    expect(Object.keys(await policy.exportAdapter())).toEqual(['WHERE.txt'])
  })

  it('is told what it cannot do, by name', async () => {
    const host = connect(createFakeHost())
    const open = (changes: object) => host.open({ model: 'fake', adapter, ...changes })
    await expect(open({ valueHead: true })).rejects.toThrow('it has no value head')
    await expect(open({ adapter: { ...adapter, alpha: 16 } })).rejects.toThrow('its alpha is 32, not 16')
    await expect(open({ adapter: { ...adapter, targets: ['q_proj'] } })).rejects.toThrow('all seven projections')
    const policy = await open({})
    await expect(policy.forward({ ...batch(2), temperature: 0.7 })).rejects.toThrow('at temperature 1, not 0.7')
    await expect(policy.step({ ...adamw, restart: true })).rejects.toThrow('cannot begin anew')
    await expect(policy.sample([[3]], { n: 1, maxTokens: 1, stop: [], temperature: 0.5, key: { seed: 1, purpose: 'rollout', step: 0 } })).rejects.toThrow('temperature 1')
  })

  it('loses replies, breaks and is busy, and nothing is done twice', async () => {
    const faults = { 'lose reply': 0, break: 0, refuse: 0 }
    const policy = await connect(createFakeHost(), (path, attempt) => {
      if (!['forward_backward', 'optim_step', 'retrieve_future', 'save_weights_for_sampler'].includes(path)) return undefined
      const wrong = attempt % 5 === 1 ? 'lose reply' : attempt % 7 === 2 ? 'refuse' : attempt % 11 === 3 ? 'break' : undefined
      if (wrong) faults[wrong]++
      return wrong
    }).open({ model: 'fake', adapter })
    close(await learn(policy), await here())
    expect(Math.min(...Object.values(faults))).toBeGreaterThan(3)
  })
})

describe('a server that takes means', () => {
  it('is found to be one, and learns what we learn all the same', async () => {
    const host = connect(skyrl())
    expect(await host.engine('fake', 8)).toMatchObject({ route: 'importance', rows: 'mean', tokens: 'mean' })
    close(await learn(await host.open({ model: 'fake', adapter })), await here())
  })
})

describe('a server that is gone', () => {
  it('is a lost device, from which runs recover', async () => {
    let gone = false
    const policy = await connect(createFakeHost(), () => (gone ? 'break' : undefined)).open({ model: 'fake', adapter })
    gone = true
    await expect(policy.forward(batch(2))).rejects.toMatchObject({ name: 'DeviceLost' })
  })
})
