/** What one may ask of a run's model beside the run: chat, the probe, a gradient check. */
import { describe, expect, it } from 'vitest'
import type { GradientCheck } from '../policy/host'
import { ask, unlike } from './chat'
import { fakeContext } from './context.fixture'
import { adapterTensors, checkTensors, GRADIENT_LIMIT } from './gradient-check'
import { probe, silence } from './probe'

const question = (text = '<q> a+5 b+1 <last> _00 <think>', changes = {}) => ({ text, adapter: 'current' as const, maxTokens: 16, temperature: 0, attempt: 0, ...changes })

describe('chat', () => {
  it('answers piece by piece, the same each time', async () => {
    const context = await fakeContext()
    const seen: string[][] = []
    const reply = await ask(context, question(), (pieces) => seen.push(pieces))
    expect(reply.pieces.length).toBeGreaterThan(0)
    expect(reply.logprobs).toHaveLength(reply.pieces.length)
    expect(seen.at(-1)).toEqual(reply.pieces)
    expect(await ask(context, question())).toEqual(reply)
  })

  it('says which word the vocabulary cannot spell', async () => {
    await expect(fakeContext().then((context) => ask(context, question('<q> Klavier <think>')))).rejects.toThrow('cannot spell “Klavier”')
  })

  it('marks what only one of two replies has', () => {
    expect(unlike(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual([false, true, false])
    expect(unlike(['a', 'b'], [])).toEqual([true, true])
    expect(unlike(['a', 'a', 'b'], ['a', 'b'])).toContain(true)
    expect(unlike(['a', 'a', 'b'], ['a', 'b']).filter(Boolean)).toHaveLength(1)
    expect(unlike([], ['a'])).toEqual([])
  })
})

describe('the probe', () => {
  it('counts what passes, and what groups to expect', async () => {
    const found = await probe(await fakeContext(), { questions: 4, n: 8, maxTokens: 22, temperature: 1 })
    expect(found.answers).toBe(128)
    expect(found.passed.share).toBeGreaterThan(found.passed.low)
    expect(found.passed.share).toBeLessThan(found.passed.high)
    expect(found.step).toBeCloseTo(32 * found.meanLength, 9)
    expect(found.mixed).toBeGreaterThan(0.5)
    expect(found.first).toBeLessThan(found.step)
    expect(found.warnings).toEqual([])
  })

  it('warns of a run without a signal, and of answers that are cut off', async () => {
    const found = await probe(await fakeContext(), { questions: 4, n: 8, maxTokens: 2, temperature: 1 })
    expect(found).toMatchObject({ mixed: 0, first: Infinity })
    expect(found.cut).toBeGreaterThan(0.9)
    expect(found.warnings.join(' ')).toMatch(/cut off.*next to no signal: .*none is right/s)
  })

  it('knows the chance of a silent group', () => {
    expect(silence([1, 1, 0, 0], 2)).toBeCloseTo(2 * (2 / 4) * (1 / 3), 12)
    expect(silence([1, 1, 1, 1], 3)).toBe(1)
    expect(silence([1, 0.5, 0, 0.2], 2)).toBe(0)
    expect(silence([1, 0], 4)).toBeCloseTo(2 * 0.5 ** 4, 12)
  })
})

describe('the gradient check', () => {
  it('agrees with differences, and puts everything back', async () => {
    const context = await fakeContext()
    const before = await context.policy.save()
    const names = (await adapterTensors(context)).slice(0, 2)
    const checks: GradientCheck[] = []
    await checkTensors(context, names, { length: 8, seed: 1 }, (check) => checks.push(check))
    expect(checks.map(({ name }) => name)).toEqual(names)
    for (const { relative } of checks) expect(relative).toBeLessThan(GRADIENT_LIMIT)
    expect(await context.policy.save()).toEqual(before)
  })
})
