/**
 * `<think>` as chat models have it: a token of its own that is no special one, so that reasoning stays in the text that graders read,
 * while the token that ends a turn does not.
 */
import { describe, expect, it } from 'vitest'
import { loadTokenizer } from './tokenizer'

const THINK = { '<think>': 4, '</think>': 5 }
const END = { '<|im_start|>': 6, '<|im_end|>': 7, '<|endoftext|>': 8 }
const added = [
  ...Object.entries(THINK).map(([content, id]) => ({ id, content, special: false })),
  ...Object.entries(END).map(([content, id]) => ({ id, content, special: true })),
].map((token) => ({ single_word: false, lstrip: false, rstrip: false, normalized: false, ...token }))
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
const tokenizerJson = {
  version: '1.0', added_tokens: added, normalizer: null, post_processor: null, pre_tokenizer: byteLevel, decoder: byteLevel,
  model: { type: 'BPE', vocab: { a: 0, b: 1, Ċ: 2, Ġ: 3, ...THINK, ...END }, merges: [], unk_token: null },
} // prettier-ignore
const config = {
  eos_token: '<|im_end|>',
  chat_template:
    '{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|><think>\n{% endif %}',
}
const load = (changes: object = {}) =>
  loadTokenizer((path) => Promise.resolve(JSON.stringify(path === 'tokenizer.json' ? tokenizerJson : { ...config, ...changes })))
/** As a generation_config.json names them: the end of a turn, and the end of a text. */
const EOS = [END['<|im_end|>'], END['<|endoftext|>']]

describe('<think>', () => {
  it('that a template begins is one token of the prompt', async () => {
    expect((await load()).prompt([{ role: 'user', content: 'a' }])).toEqual([6, 0, 7, 6, 4, 2])
  })

  it('stays in the text, whole and piece by piece; the token that ends the turn does not', async () => {
    const tokenizer = await load()
    const tokens = [4, 0, 5, 1, 7]
    expect(tokenizer.decode(tokens)).toBe('<think>a</think>b')
    const piece = tokenizer.pieces()
    expect(tokens.map(piece)).toEqual(['<think>', 'a', '</think>', 'b', ''])
  })

  it('is one token of a completion, which ends once, with any of the stop tokens', async () => {
    const tokenizer = await load()
    expect(tokenizer.completion('<think>a</think>b', EOS)).toEqual([4, 0, 5, 1, 7])
    expect(tokenizer.completion('<think>a</think>b<|endoftext|>', EOS)).toEqual([4, 0, 5, 1, 8])
    // a tokenizer whose own end is none of the model's gives way
    expect((await load({ eos_token: '<|im_start|>' })).completion('b', [8, 7])).toEqual([1, 8])
  })

  it('can be told from other tokens, as where a completion is to stop after it', async () => {
    expect((await load()).holding(['</think>'])).toEqual([5])
  })
})
