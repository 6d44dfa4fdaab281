/**
 * Text ↔ token ids, from a model's own tokenizer.json and chat template. The machine's side never sees text; this is where it
 * becomes numbers. A prompt that the vocabulary cannot spell is refused, because an unknown token would silently stand for it.
 */
import { z } from 'zod'
import type { Tokens } from '../policy/policy'
import type { Message } from '../tasks/task'

export interface Tokenizer {
  /** A chat up to where the model goes on; raw, or without a chat template: the bare text of its messages, as the model reads texts. Throws when the vocabulary cannot spell it. */
  prompt(messages: Message[], raw?: boolean): Tokens
  /** A finished completion: the text and an end token, unless the text ends with one. Throws when the vocabulary cannot spell it. */
  completion(text: string, eos: readonly number[]): Tokens
  /** The tokens that hold one of these texts. */
  holding(texts: readonly string[]): Tokens
  /** Without special tokens. */
  decode(tokens: Tokens): string
  /** Call it with one token after another: what each adds to the text (nothing, while a character is incomplete). */
  pieces(): (token: number) => string
}

const special = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]).nullish()
const configuration = z.looseObject({
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
  bos_token: special,
  eos_token: special,
  pad_token: special,
  unk_token: special,
})

/** @param file reads a text file of the model, e.g. `(path) => host.file(model, path)` */
export async function loadTokenizer(file: (path: string) => Promise<string>): Promise<Tokenizer> {
  const [vocabulary, text, { Tokenizer: HuggingFaceTokenizer }, { Template }] = await Promise.all([
    readJson(file, 'tokenizer.json'),
    readJson(file, 'tokenizer_config.json'),
    import('@huggingface/tokenizers'), // when a model is opened, not with the page
    import('@huggingface/jinja'),
  ])
  const config = configuration.parse(text)
  const inner = new HuggingFaceTokenizer(vocabulary as object, config)
  const source = templateOf(config.chat_template) ?? (await file('chat_template.jinja').catch(unlessMissing))
  const template = source === undefined ? undefined : new Template(source)
  const names = { bos_token: config.bos_token ?? '', eos_token: config.eos_token ?? '', pad_token: config.pad_token ?? '' }
  const unknown = config.unk_token ? inner.token_to_id(config.unk_token) : undefined

  const ids = (text: string, raw = false) => inner.encode(text, { add_special_tokens: raw }).ids as (number | undefined)[]
  const letters = (text: string) => [...text.normalize('NFC').replace(/\s/g, '')].length
  const unspelt = (text: string) => {
    const found = ids(text)
    if (unknown !== undefined) return found.includes(unknown)
    // a vocabulary without an unknown token drops what it lacks
    return found.includes(undefined) || letters(inner.decode(found as Tokens)) < letters(text)
  }
  const encode = (text: string, raw = false): Tokens => {
    if (unspelt(text) && !(config.unk_token && text.includes(config.unk_token))) {
      const culprit = [...new Set(text.split(/\s+/))].find((word) => unspelt(word)) ?? text
      throw new Error(`the model's vocabulary cannot spell “${culprit}” in “${shorten(text)}”; choose a task that is made for this model`)
    }
    return ids(text, raw) as Tokens
  }
  const found = new Map<string, Tokens>() // by text: a vocabulary is large
  const holding = (text: string) => {
    const tokens = found.get(text) ?? [...inner.get_vocab().values()].filter((token) => decode([token]).includes(text))
    found.set(text, tokens)
    return tokens
  }
  const decode = (tokens: Tokens) => (tokens.length === 0 ? '' : inner.decode(tokens, { skip_special_tokens: true }))

  return {
    prompt: (messages, raw = false) =>
      raw || !template
        ? encode(messages.map(({ content }) => content).join('\n\n'), true)
        : encode(template.render({ messages, add_generation_prompt: true, ...names })),
    completion(text, eos) {
      const named = config.eos_token ? inner.token_to_id(config.eos_token) : undefined
      const end = named !== undefined && eos.includes(named) ? named : eos[0]
      if (end === undefined) throw new Error('the model names no end token (eos_token_id in config.json); a completion cannot be finished')
      const tokens = encode(text)
      return eos.includes(tokens.at(-1)!) ? tokens : [...tokens, end]
    },
    holding: (texts) => [...new Set(texts.flatMap(holding))],
    decode,
    pieces() {
      // the text before `from` is settled; decoding starts a little earlier, because a decoder may treat its first token in its own way
      let window: Tokens = []
      let from = 0
      return (token) => {
        const before = decode(window.slice(0, from))
        window.push(token)
        const after = decode(window)
        if (after.length <= before.length || after.endsWith('\ufffd')) return ''
        window = window.slice(from)
        from = window.length
        return after.slice(before.length)
      }
    },
  }
}

/** A worker's errors come without their class, but with their name. */
function unlessMissing(error: unknown): undefined {
  if ((error as Error).name !== 'MissingFile') throw error
}

function templateOf(template: z.output<typeof configuration>['chat_template']): string | undefined {
  if (typeof template === 'string') return template
  return template?.find(({ name }) => name === 'default')?.template
}

async function readJson(file: (path: string) => Promise<string>, path: string): Promise<unknown> {
  const text = await file(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} is not JSON (${String(error)}); download the model again`, { cause: error })
  }
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 79)}…` : text)
