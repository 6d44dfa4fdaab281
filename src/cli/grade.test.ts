/** The commands grade and import, on the examples. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { GraderRun } from '../graders/openai/run'
import { parseSpec } from '../runs/spec'
import { graderTools } from './grader-tools'
import { main } from './main'

const EXAMPLES = join(import.meta.dirname, '../../examples/rft')
const folder = mkdtempSync(join(tmpdir(), 'etude-grade-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function run(...[command, ...args]: string[]): Promise<{ status: number; out: string; error: string }> {
  const said = { log: '', error: '' }
  const spies = (['log', 'error'] as const).map((way) => vi.spyOn(console, way).mockImplementation((words) => void (said[way] += `${words}\n`)))
  try {
    return { status: await main(command!, args), out: said.log, error: said.error }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

const job = join(EXAMPLES, 'job.json')
const item = '{"answer": "e03"}'

describe('grade', () => {
  it('checks a grader, or the one of a job', async () => {
    for (const name of ['graders/python.json', 'graders/judge.json', 'graders/tool-call.json', 'job.json'])
      expect(await run('grade', '--grader', join(EXAMPLES, name))).toMatchObject({ status: 0, out: expect.stringContaining('is a grader') as string })
  })

  it('grades a sample, of the line or of a file', async () => {
    const file = join(folder, 'sample.txt')
    writeFileSync(file, 'a08 </think><ans> e03')
    for (const sample of ['<ans> e03', file]) {
      const { status, out } = await run('grade', '--grader', job, '--sample', sample, '--item', item, '--json')
      expect(status).toBe(0)
      expect(JSON.parse(out) as GraderRun).toMatchObject({ reward: 1, sub_rewards: { right: 1, near: 1 }, metadata: { name: 'ledger', type: 'multi' } })
    }
    const { out } = await run('grade', '--grader', job, '--sample', '<ans> e04', '--item', item)
    expect(out).toMatch(/^ledger \(multi\): reward 0\.088\d* in \d+ ms\n {2}right: 0\n {2}near: 0\.888/)
  })

  it('ends with 1 where a flag was raised, and names it', async () => {
    const { status, out } = await run('grade', '--grader', job, '--sample', 'x', '--item', '{"gold": 1}')
    expect(status).toBe(1)
    expect(out).toContain('error: right: {{ item.answer }} at character 7 has no value: item has gold')
    expect(out).toContain('flag: invalid_variable_error')
  })

  it.each([
    [['--sample', 'x', '--item', '[1]'], 'ENOENT'],
    [['--sample', 'x', '--item', '{"a":'], '--item is not JSON'],
    [['--samples', 'x'], 'npm run grade'],
  ])('refuses %j', async (args, words) => {
    const { status, error } = await run('grade', '--grader', job, ...args)
    expect(error).toContain(words)
    expect(status).toBe(2)
  })

  it('sends nothing and runs no Python without leave', async () => {
    const judge = await run('grade', '--grader', join(EXAMPLES, 'graders/judge.json'), '--sample', 'x', '--item', item, '--endpoint', 'http://127.0.0.1:9/v1')
    expect(judge).toMatchObject({ status: 2, error: expect.stringContaining('nobody has allowed; allow it (--allow-network)') as string })
    const python = await run('grade', '--grader', join(EXAMPLES, 'graders/python.json'), '--sample', 'x', '--item', item)
    expect(python).toMatchObject({ status: 2, error: expect.stringContaining('--allow-python') as string })
  })

  it('gives a key to its own server alone', () => {
    const tools = (env: Record<string, string>) => graderTools({ network: false, python: false }, env)
    const home = tools({ OPENAI_API_KEY: 'sk' })
    expect(home.endpoint).toBe('https://api.openai.com/v1')
    expect([home.key!('https://api.openai.com'), home.key!('https://example.com'), home.allow]).toEqual(['sk', undefined, undefined])
    const own = tools({ OPENAI_API_KEY: 'sk', OPENAI_BASE_URL: 'http://localhost:8000/v1' })
    expect([own.endpoint, own.key!('http://localhost:8000'), own.key!('https://api.openai.com')]).toEqual(['http://localhost:8000/v1', 'sk', undefined])
    expect(tools({}).endpoint).toBeUndefined()
  })
})

describe('import', () => {
  it('writes the spec of a job, and says what has no effect', async () => {
    const file = join(folder, 'spec.json')
    const { status, out } = await run('import', '--job', job, '--out', file, '--max-completion-length', '22')
    expect(status).toBe(0)
    for (const words of ['note: model "o4-mini-2025-04-16" has no effect', 'reasoning_effort "medium" has no effect', '80 steps on ledger'])
      expect(out).toContain(words)
    expect(parseSpec(readFileSync(file, 'utf8'))).toMatchObject({ steps: 80, seed: 1, algorithm: { learning_rate: 0.002, max_completion_length: 22 } })
  })

  it('refuses a job that is none', async () => {
    const file = join(folder, 'job.json')
    writeFileSync(file, '{"model": "m"}')
    const { status, error } = await run('import', '--job', file, '--out', join(folder, 'x.json'))
    expect(error).toMatch(/^etude import: .*job\.json: training_file in the job is missing/)
    expect(status).toBe(2)
  })
})
