/** What the fake policy knows of its one task: the bundled model's vocabulary, its tokenizer files, and how a ledger goes on. */
import type { Tokens } from './policy'

const TAGS = ['<q>', '<prog>', '<think>', '</think>', '<ans>', '<eos>', '<pad>', '<last>']
const LETTERS = 'abcdefghijklmnop'

export const VOCABULARY = [...'0123456789+-_', ...LETTERS, ...TAGS]

/** The token that a perfect writer puts next; undefined where there is no saying. */
export type Hint = (prompt: Tokens, soFar: Tokens) => number | undefined

const id = (token: string) => VOCABULARY.indexOf(token)

/** Terms that the writer does before it hands over, where it is asked for progress. */
const STRETCH = 4

/**
 * Goes on from what is written, right or wrong: the next term is added to the last total that stands there, at first to the
 * prompt's note. Asked for progress, it stops after some terms; asked for the end, after the last one.
 */
export const ledgerHint: Hint = (prompt, soFar) => {
  const terms = prompt.flatMap((token, i) => {
    const sign = VOCABULARY[prompt[i + 1] ?? -1]
    return LETTERS.includes(VOCABULARY[token]!) && (sign === '+' || sign === '-') ? [Number(sign + VOCABULARY[prompt[i + 2]!]!)] : []
  })
  const written = soFar.map((token) => VOCABULARY[token]!)
  const closed = written.includes('</think>')
  const notes = (closed ? written.slice(0, written.indexOf('</think>')) : written).join('')
  const words = prompt.map((token) => VOCABULARY[token]!)
  const [, mode = '<last>', from = '_', sofar = '00'] = /(<prog>|<last>)([a-p_])(\d\d)/.exec(words.join('')) ?? []
  const [, done = from, total = sofar] = /([a-p])(\d\d)(?:[a-p]\d?)?$/.exec(notes) ?? []
  const goal = mode === '<last>' ? terms.length : Math.min(terms.length, LETTERS.indexOf(from) + 1 + STRETCH)
  const next = Math.min(LETTERS.indexOf(done) + 1, terms.length)
  if (closed) {
    const ending = ['<ans>', done, ...total, '<eos>'][written.length - written.indexOf('</think>') - 1]
    return ending === undefined ? id('<eos>') : id(ending)
  }
  if (next >= goal && (/\d\d$/.test(notes) || notes === '')) return id('</think>')
  const sum = String(Math.max(0, Math.min(99, Number(total) + terms[Math.min(next, terms.length - 1)]!))).padStart(2, '0')
  const open = /[a-p]\d?$/.exec(/[a-p]\d\d$/.test(notes) ? '' : notes)?.[0] ?? ''
  return id([LETTERS[next]!, ...sum][open.length]!)
}

/** The text files of a model, by their names. */
export function fakeTokenizer(): Record<string, string | undefined> {
  return {
    'tokenizer.json': JSON.stringify({
      version: '1.0',
      added_tokens: TAGS.map((content) => ({
        id: id(content),
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: content === '<eos>' || content === '<pad>',
      })),
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'WhitespaceSplit' },
          { type: 'Split', pattern: { Regex: '.' }, behavior: 'Isolated', invert: false },
        ],
      },
      post_processor: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { Regex: '^(?=[a-p_]$|<q>|<prog>|<last>|<think>|</think>)' }, content: ' ' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: { type: 'WordLevel', vocab: Object.fromEntries(VOCABULARY.map((token, i) => [token, i])), unk_token: '<pad>' },
    }),
    'tokenizer_config.json': JSON.stringify({
      tokenizer_class: 'PreTrainedTokenizerFast',
      eos_token: '<eos>',
      pad_token: '<pad>',
      unk_token: '<pad>',
      chat_template: "{% for message in messages %}{{ message['content'] }}{% endfor %}",
    }),
  }
}
