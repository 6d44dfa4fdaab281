/** The first rows of a run's data, before it runs: `train --dry-run` and `import` show them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseSpec } from '../runs/spec'
import { printPreview } from './forecast-text'
import { main } from './main'

const folder = mkdtempSync(join(tmpdir(), 'etude-preview-'))
const at = (name: string, content: string) => (writeFileSync(join(folder, name), content), join(folder, name))
const rows = (of: (i: number) => object) => Array.from({ length: 12 }, (_, i) => JSON.stringify(of(i))).join('\n')
const lines: string[] = []
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line))))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the first rows of a data file', () => {
  it('stand under the forecast of a run', async () => {
    const train = at('sums.jsonl', rows((i) => ({ question: `What is ${i} + 1?`, answer: i + 1 })))
    const spec = at('spec.json', JSON.stringify({ task: { name: 'data', train, rule: 'numeric' } }))
    expect(await main('train', ['--spec', spec, '--dry-run'])).toBe(0)
    expect(lines.join('\n')).toMatch(/Whether it fits[^]*First rows of data\n\ntrain 1\n {2}system: [^]*\n {2}user: What is (\d+) \+ 1\?\n {2}right answer: \d+\n/)
    expect(lines.join('\n')).toContain('\ntrain 10\n')
    expect(lines.join('\n')).not.toContain('train 11')
  })

  it('are shown of an imported job', async () => {
    at('job.jsonl', rows((i) => ({ messages: [{ role: 'user', content: `Number ${i}?` }], n: String(i) })))
    const grader = { type: 'string_check', name: 'same', input: '{{ sample.output_text }}', reference: '{{ item.n }}', operation: 'eq' }
    const job = at('job.json', JSON.stringify({ model: 'o4-mini', training_file: 'job.jsonl', method: { type: 'reinforcement', reinforcement: { grader } } }))
    lines.length = 0
    expect(await main('import', ['--job', job, '--out', join(folder, 'imported.json')])).toBe(0)
    expect(lines.join('\n')).toMatch(/First rows of messages\n\ntrain 1\n {2}user: Number \d+\?/)
  })

  it('are missing with the reason where they cannot be read, and of a task that reads none without a word', async () => {
    const missing = parseSpec({ task: { name: 'data', train: join(folder, 'none.jsonl') } })
    expect(await printPreview(missing)).toMatch(/The rows of data cannot be shown: .*none\.jsonl cannot be read \(ENOENT\)/)
    expect(await printPreview(parseSpec({}))).toBe('')
  })
})
