/**
 * For tests: a host whose policy writes what a script says and learns nothing, with the context of a real model and one token a byte,
 * so that any task can be played through without a model.
 */
import type { Host } from '../policy/host'
import type { Completion, Policy, SampleKey, Tokens } from '../policy/policy'

/** What is written after `prompt`; `at` counts the completions of a sample call. */
export type Script = (prompt: string, key: SampleKey, at: number) => string

const EOS = 256
const CONTEXT = 32_768

/** The characters that byte-level tokenizers write bytes as (GPT-2). */
const BYTES = (() => {
  const plain = [[33, 126], [161, 172], [174, 255]].flatMap(([low, high]) => Array.from({ length: high! - low! + 1 }, (_, i) => low! + i))
  const others = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !plain.includes(byte))
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(plain.includes(byte) ? byte : 256 + others.indexOf(byte)))
})()

const FILES: Record<string, unknown> = {
  'tokenizer.json': {
    version: '1.0',
    added_tokens: [{ id: EOS, content: '<eos>', single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: { type: 'BPE', vocab: Object.fromEntries(BYTES.map((byte, i) => [byte, i])), merges: [] },
  },
  'tokenizer_config.json': {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: '<eos>',
    chat_template: "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}",
  },
}

export function scriptedHost(script: Script): Host {
  const none = () => Promise.resolve()
  const logprobs = ({ rows }: { rows: { completion: Tokens }[] }) => rows.map(({ completion }) => completion.map(() => -1))
  const open: Host['open'] = ({ model, adapter }) => {
    const policy: Policy = {
      info: {
        model,
        parameters: 0,
        contextLength: CONTEXT,
        vocabulary: EOS + 1,
        eos: [EOS],
        adapter: { ...adapter, parameters: 0 },
        can: { train: true, snapshots: true, valueHead: true, entropySlope: false, topP: true, topK: true, minP: true, inspect: false },
        device: { name: 'a script', software: true, tier: 'none' },
      },
      sample(prompts, { n, key, maxTokens }) {
        const text = (prompt: Tokens) => new TextDecoder().decode(Uint8Array.from(prompt))
        return Promise.resolve(
          prompts.map((prompt, p) =>
            Array.from({ length: n }, (_, g): Completion => {
              const tokens = [...new TextEncoder().encode(script(text(prompt), key, p * n + g)), EOS]
              if (tokens.length > maxTokens) throw new Error(`the script writes ${tokens.length} tokens where ${maxTokens} are allowed`)
              return { tokens, logprobs: tokens.map(() => -1), finish: 'stop' }
            }),
          ),
        )
      },
      logprobs: (batch) => Promise.resolve(logprobs(batch)),
      forward(batch) {
        const logprob = logprobs(batch)
        const all = (value: number) => logprob.map((row) => row.map(() => value))
        return Promise.resolve({ id: 1, logprob, entropy: all(1), value: all(0) })
      },
      backward: none,
      step: () => Promise.resolve({ gradNorm: 1 }),
      renew: none,
      snapshot: none,
      drop: none,
      save: () => Promise.resolve(new Uint8Array()),
      load: none,
      exportAdapter: () => Promise.resolve({}),
      close: none,
    }
    return Promise.resolve(policy)
  }
  return {
    open,
    describe: (id) => Promise.resolve({ id, family: 'script', parameters: 0, contextLength: CONTEXT, vocabulary: EOS + 1, bytes: 0 }),
    plan: () => Promise.resolve({ parts: [], total: 0 }),
    profile: () => Promise.reject(new Error('a script has no device')),
    file(model, path) {
      const found = FILES[path]
      return found === undefined ? Promise.reject(new Error(`${model} has no file ${path}`)) : Promise.resolve(JSON.stringify(found))
    },
    close: none,
  }
}
