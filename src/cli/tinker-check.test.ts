/** The check of our own server is right about it, and sees through servers that add up in other ways or forget settings. */
import { describe, expect, it } from 'vitest'
import { createFakeHost } from '../policy/fake'
import type { Host } from '../policy/host'
import type { AdamW, Slope } from '../policy/policy'
import { Wire } from '../policy/tinker/wire'
import { check } from './tinker-check'
import { ADDRESS, bentPolicy, testServer, TOKEN } from './serve/server.fixture'

/** A server whose engine does something else with gradients and settings. */
function bent(bend: { slope?: (slope: Slope) => Slope; adamw?: (adamw: AdamW) => AdamW }): Host {
  const host = createFakeHost()
  return {
    ...host,
    async open(options) {
      const policy = await host.open(options)
      return bentPolicy(policy, {
        backward: (id, slope) => policy.backward(id, bend.slope?.(slope) ?? slope),
        step: (adamw) => policy.step(bend.adamw?.(adamw) ?? adamw),
      })
    },
  }
}

async function table(host: Host) {
  const server = testServer(host)
  const wire = new Wire({ url: ADDRESS, key: TOKEN, fetch: server.fetch, patience: 100 })
  const lines = await check(wire, { rank: 4, host: () => Promise.resolve(createFakeHost()) })
  await server.close()
  return { lines: Object.fromEntries(lines.map(({ what, found }) => [what, found])), wrong: lines.filter(({ ok }) => !ok).map(({ what }) => what) }
}

const mean = ({ logprob }: Slope): Slope => ({ logprob: logprob.map((row) => row.map((each) => each / logprob.length / row.length)) })
/** Divides each row by the sum of its weights, as SkyRL does. */
const normalised = ({ logprob }: Slope): Slope => ({
  logprob: logprob.map((row) => {
    const weight = Math.max(1e-9, -row.reduce((a, b) => a + b, 0))
    return row.map((each) => each / weight)
  }),
})

describe('tinker-check', () => {
  it('finds our own server right', async () => {
    const { lines, wrong } = await table(createFakeHost())
    expect(wrong).toEqual([])
    expect(lines.losses).toContain('plain signed sum')
    expect(lines.AdamW).toBe('epsilon, betas, clipping, weightDecay count')
    expect(lines.alpha).toBe('32')
    expect(lines['ending token']).toBe('is part of completions')
    expect(lines['against our engine']).toContain('on 7 tokens')
  })

  it('sees means, and finds the way around them', async () => {
    const { lines } = await table(bent({ slope: mean }))
    expect(lines.losses).toContain('importance sampling')
    expect(lines['adds up']).toContain('rows by their mean, tokens by their mean')
  })

  it('refuses what cannot be set right', async () => {
    await expect(table(bent({ slope: normalised }))).rejects.toThrow('cannot be set right')
  })

  it('sees settings that do not count', async () => {
    const some = await table(bent({ adamw: (adamw) => ({ ...adamw, maxGradNorm: 0, weightDecay: 0 }) }))
    expect(some.lines.AdamW).toBe('epsilon, betas count; clipping, weightDecay do not')
    const none = await table(bent({ adamw: ({ learningRate }) => ({ learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 }) }))
    expect(none.wrong).toContain('AdamW')
    expect(none.lines.losses).toContain('plain signed sum') // by the norm of the gradient
  })

  it('sees another model', async () => {
    const server = testServer(createFakeHost({ hint: 1 }))
    const lines = await check(new Wire({ url: ADDRESS, key: TOKEN, fetch: server.fetch }), { rank: 4, host: () => Promise.resolve(createFakeHost()) })
    expect(lines.find(({ what }) => what === 'against our engine')!.ok).toBe(false)
    await server.close()
  })
})
