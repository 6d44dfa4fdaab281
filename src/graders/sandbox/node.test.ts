/** The sandbox in Node: what each hostile program comes to, and what the next program gets. */
import { afterAll, describe, expect, it } from 'vitest'
import { ARGS, HONEST, HOSTILE, RIGHT } from './hostile.fixture'
import { nodeSandbox } from './node'
import type { Language, Program } from './sandbox'

const box = nodeSandbox()
afterAll(() => box.close())

/** Seconds that a hostile program gets, and within which it must be over. */
const [LIMIT, CONTAINED] = [0.5, 1]
const call = (language: Language, source: string, args: readonly unknown[] = []): Program => ({ language, source, call: 'f', args })
const honest = (language: Language) => box.run({ language, source: HONEST[language], call: 'grade', args: ARGS }, { seconds: 60 })

describe.each(['micropython', 'javascript'] as const)('%s', (language) => {
  it('hostile programs are contained, and the next program is right', async () => {
    const programs = Object.entries(HOSTILE[language])
    expect(programs.length).toBeGreaterThanOrEqual(30)
    expect(await honest(language)).toMatchObject(RIGHT)
    const before = [process.exitCode, Object.keys(Object.prototype).length, process.listenerCount('exit')]
    const table = []
    for (const [name, source] of programs) {
      const { seconds, ...outcome } = await box.run({ language, source, call: 'grade', args: ARGS }, { seconds: LIMIT })
      const next = await honest(language)
      table.push({ name, seconds, came: outcome.ok ? 'ok' : outcome.kind, after: next.seconds })
      expect(next, name).toMatchObject(RIGHT)
      expect(seconds, name).toBeLessThan(CONTAINED)
    }
    if (process.env.ETUDE_TABLE) console.table(table)
    expect([process.exitCode, Object.keys(Object.prototype).length, process.listenerCount('exit')]).toEqual(before)
  }, 300_000)

  it('a step of 32 completions takes well under a second', async () => {
    await Promise.all([honest(language), honest(language)])
    const start = performance.now()
    const outcomes = await Promise.all(Array.from({ length: 32 }, () => honest(language)))
    const seconds = (performance.now() - start) / 1000
    for (const outcome of outcomes) expect(outcome).toMatchObject(RIGHT)
    console.log(`${language}: 32 programs in ${seconds.toFixed(3)} s`)
    expect(seconds).toBeLessThan(5) // of a machine that is busy with other things
  })
})

describe('values', () => {
  it.each([
    ['micropython', 'def f(x):\n  return 49 / 5', 9.8],
    ['micropython', 'def f(x):\n  return {"x": x, "big": 10 ** 20, "f": [0.1 + 0.2, None, True]}', { x: ['é', 1.5], big: 1e20, f: [0.1 + 0.2, null, true] }],
    ['micropython', 'def f(x):\n  return float("nan")', NaN],
    ['micropython', 'def f(x):\n  return -float("inf")', -Infinity],
    ['javascript', 'const f = (x) => ({ x, f: 0.1 + 0.2 })', { x: ['é', 1.5], f: 0.1 + 0.2 }],
    ['javascript', 'async function f(x) { return await x.length }', 2],
    ['javascript', 'function f() { return NaN }', NaN],
  ] as const)('%s: %s', async (language, source, value) => {
    expect(await box.run(call(language, source, [['é', 1.5]]), { seconds: 60 })).toMatchObject({ ok: true, value })
  })

  it.each([
    ['micropython', 'def f():\n  return x', 'error', "NameError: name 'x' isn't defined (line 2)"],
    ['micropython', 'def g(): pass', 'error', 'NameError: it defines no function f'],
    ['micropython', 'def f():\n  return [0] * 10 ** 9', 'memory', 'MemoryError'],
    ['javascript', 'function f() {\n  return x }', 'error', "ReferenceError: 'x' is not defined (line 2)"],
    ['javascript', 'let f = 3 +', 'error', 'SyntaxError'],
    ['javascript', 'function f() { while (true); }', 'timeout', 'stopped after 0.2 s'],
    ['javascript', 'function f() { return f }', 'error', 'TypeError: it returned function, which is no JSON value'],
  ] as const)('%s: %s fails', async (language, source, kind, error) => {
    const outcome = await box.run(call(language, source), { seconds: kind === 'timeout' ? 0.2 : 60 })
    expect(outcome).toMatchObject({ ok: false, kind })
    expect(outcome.ok ? '' : outcome.error).toContain(error)
  })

  it('what is printed and returned has a limit', async () => {
    const source = 'def f():\n  print("x" * 1000)\n  return "y" * 1000'
    expect(await box.run(call('micropython', source), { seconds: 60, output: 100 })).toMatchObject({ ok: false, output: 'x'.repeat(100), kind: 'error' })
  })
})

it('after it was closed it opens again', async () => {
  const other = nodeSandbox()
  const late = other.run(call('micropython', 'def f():\n  while True: pass'), { seconds: 60 })
  const caught = late.catch((error: Error) => error.message)
  await new Promise((wake) => setTimeout(wake, 300))
  await other.close()
  expect([await caught].flatMap((came) => (typeof came === 'string' ? came : came.ok ? [] : came.error)).join()).toContain('was closed')
  expect(await other.run(call('micropython', 'def f(): return 3'), { seconds: 60 })).toMatchObject({ ok: true, value: 3 })
  await other.close()
})

it('CPython is refused without leave, with a sentence that says what to do', async () => {
  await expect(box.run(call('python', 'def f(): return 1'))).rejects.toThrow(/--device browser.*--allow-python/)
})
