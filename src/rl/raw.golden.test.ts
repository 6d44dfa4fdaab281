/** Prompts without a chat form, against the ids that a real model's reference holds; and where such a completion ends. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sums } from '../tasks/sums'
import { loadTokenizer } from './tokenizer'

const folder = resolve(process.env.ETUDE_SHARED ?? resolve(import.meta.dirname, '../../../shared'), 'models/smollm2-135m-instruct')
const absent = !existsSync(resolve(folder, 'reference.json'))
const file = (path: string) => readFile(resolve(folder, path), 'utf8')

describe.skipIf(absent)(`raw prompts of a real model${absent ? `: skipped, ${folder} is not there` : ''}`, () => {
  it('are the ids of their bare text', async () => {
    const tokenizer = await loadTokenizer(file)
    const { prompts } = JSON.parse(await file('reference.json')) as { prompts: { kind: string; text: string; ids: number[] }[] }
    const raw = prompts.filter(({ kind }) => kind === 'raw')
    expect(raw.length).toBeGreaterThan(0)
    for (const { text, ids } of raw) expect(tokenizer.prompt([{ role: 'user', content: text }], true)).toEqual(ids)
  })

  it('end a completion with the token that holds its newline', async () => {
    const tokenizer = await loadTokenizer(file)
    const ends = tokenizer.holding(['\n'])
    expect(ends.length).toBeGreaterThan(10)
    expect(ends.every((token) => tokenizer.decode([token]).includes('\n'))).toBe(true)
    const task = sums.create({ digits: 1, shown: 3 })
    for (let i = 0; i < 20; i++) {
      const example = task.example('train', i)
      const prompt = tokenizer.decode(tokenizer.prompt(task.prompt(example), task.raw))
      expect(prompt).toMatch(/^(\d\+\d=\d+\n){3}\d\+\d=$/)
      const completion = tokenizer.completion(task.solution(example), [2, ...ends])
      expect(tokenizer.decode(completion)).toBe(`${example.answer}\n`)
      expect(completion).toHaveLength(example.answer.length + 1)
    }
  })
})
