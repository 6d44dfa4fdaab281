import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { missingFile } from '../hub/repository'
import { createFakeHost } from '../policy/fake'
import { ledger } from '../tasks/ledger'
import { loadTokenizer } from './tokenizer'

const host = createFakeHost()
const files = async (changes: Record<string, unknown> = {}) => {
  const config = { ...(JSON.parse(await host.file('', 'tokenizer_config.json')) as object), ...changes }
  return (path: string) => (path === 'tokenizer_config.json' ? Promise.resolve(JSON.stringify(config)) : host.file('model', path))
}

const bundled = (path: string) => readFile(new URL(`../../public/models/ledger/${path}`, import.meta.url), 'utf8')
const fake = (path: string) => host.file('', path)

describe.each([{ model: 'bundled', file: bundled }, { model: 'fake', file: fake }])('tokenizer of the $model model', ({ file }) => {
  it('encodes prompts and completions of the ledger, one token a character, and decodes them again', async () => {
    const tokenizer = await loadTokenizer(file)
    const task = ledger.create({ terms: [4, 5] })
    for (let i = 0; i < 20; i++) {
      const example = task.example('train', i)
      const [message] = task.prompt(example)
      const prompt = tokenizer.prompt([message!])
      expect(prompt).toHaveLength(message!.content.replace(/<\w+>/g, '.').replaceAll(' ', '').length)
      expect(tokenizer.decode(prompt).replaceAll(' ', '')).toBe(message!.content.replaceAll(' ', ''))
      const completion = tokenizer.completion(task.solution(example), [34])
      expect(completion.at(-1)).toBe(34)
      expect(tokenizer.decode(completion)).toBe(task.solution(example))
      const piece = tokenizer.pieces()
      expect(completion.map(piece).join('').trim()).toBe(task.solution(example))
    }
  })

  it('refuses what the vocabulary cannot spell', async () => {
    const tokenizer = await loadTokenizer(file)
    expect(() => tokenizer.prompt([{ role: 'user', content: '1 + What 2' }])).toThrow('cannot spell “What” in “1 + What 2”')
    expect(() => tokenizer.completion('a05 ×', [34])).toThrow('cannot spell “×”')
    expect(() => tokenizer.completion('a05', [])).toThrow('names no end token')
  })
})

describe('tokenizer', () => {
  it('renders the chat template with its special tokens', async () => {
    const template = "{{ eos_token }}{% for m in messages %}{{ m['content'] }}{% endfor %}{% if add_generation_prompt %}<think>{% endif %}"
    const tokenizer = await loadTokenizer(await files({ chat_template: template, eos_token: { content: '<eos>' } }))
    expect(tokenizer.prompt([{ role: 'user', content: 'a05' }])).toEqual([34, 13, 0, 5, 31])
  })

  it('finds a template in its own file, takes plain text where there is none, and waits for one that does not come', async () => {
    const without = await files({ chat_template: null })
    const separate = (path: string) => (path === 'chat_template.jinja' ? Promise.resolve('b{{ messages[0].content }}') : without(path))
    expect((await loadTokenizer(separate)).prompt([{ role: 'user', content: 'a' }])).toEqual([14, 13])
    const missing = (path: string) => (path === 'chat_template.jinja' ? Promise.reject(missingFile('m', path)) : without(path))
    const plain = await loadTokenizer(missing)
    const messages = [{ role: 'system' as const, content: 'b' }, { role: 'user' as const, content: 'a' }]
    expect(plain.prompt(messages)).toEqual(plain.prompt(messages, true))
    expect(plain.prompt(messages)).toEqual([14, 13])
    const lost = (path: string) => (path === 'chat_template.jinja' ? Promise.reject(new Error('the line was lost')) : without(path))
    await expect(loadTokenizer(lost)).rejects.toThrow('the line was lost')
  })

  it('says which file is not JSON', async () => {
    await expect(loadTokenizer(() => Promise.resolve('{'))).rejects.toThrow('tokenizer.json is not JSON')
  })
})

describe('pieces of a byte-level vocabulary', () => {
  const config = { chat_template: '{% if messages[0].content == "a" %}a{% endif %}{{ messages[0].content }}' }
  // é is two bytes, Ã and ©, and here two tokens
  const model = { type: 'BPE', vocab: { a: 0, Ã: 1, '©': 2, Ġ: 3 }, merges: [], unk_token: null }
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const none = { version: '1.0', added_tokens: [], normalizer: null, post_processor: null }
  const tokenizer = { ...none, pre_tokenizer: byteLevel, decoder: byteLevel, model }
  const file = (path: string) => Promise.resolve(JSON.stringify(path === 'tokenizer.json' ? tokenizer : config))

  it('know which tokens hold a text, and read a bare text without the template', async () => {
    const tokenizer = await loadTokenizer(file)
    expect(tokenizer.holding(['a', ' '])).toEqual([0, 3])
    expect(tokenizer.prompt([{ role: 'user', content: 'a' }])).toEqual([0, 0])
    expect(tokenizer.prompt([{ role: 'user', content: 'a' }], true)).toEqual([0])
    expect(tokenizer.completion('aa ', [1, 3])).toEqual([0, 0, 3])
    expect(tokenizer.completion(' a', [1, 3])).toEqual([3, 0, 1])
  })

  it('come when a character is complete', async () => {
    const tokenizer = await loadTokenizer(file)
    const tokens = tokenizer.prompt([{ role: 'user', content: 'aé é a' }])
    const piece = tokenizer.pieces()
    expect(tokens.map(piece)).toEqual(['a', '', 'é', ' ', '', 'é', ' ', 'a'])
    expect(() => tokenizer.prompt([{ role: 'user', content: 'ab' }])).toThrow('cannot spell “ab”')
  })
})
