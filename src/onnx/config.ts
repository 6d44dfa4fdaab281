/**
 * `config.json` and `generation_config.json` of a model repository, as transformers writes them (4: `rope_theta`,
 * `rope_scaling` with `type` or `rope_type`; 5: both inside `rope_parameters`).
 */
import type { Repository } from './repository'

export interface ModelConfig {
  family: 'qwen2' | 'qwen3' | 'llama'
  /** Whether queries and keys pass an RMS norm of each head (Qwen3). */
  qkNorm: boolean
  layers: number
  hidden: number
  heads: number
  kvHeads: number
  headDim: number
  ffn: number
  vocabulary: number
  contextLength: number
  ropeTheta: number
  rmsNormEps: number
  /** Whether the head is the embedding. */
  tied: boolean
  /** Ids that end a completion; may be empty. */
  eos: number[]
  bos?: number
}

export interface RopeScaling {
  /** `yarn`, `linear`, …; never `default`. */
  kind: string
}

type Json = Record<string, unknown>

/** Throws one sentence when a value is missing, impossible, or asks for something that is not supported. */
export async function readConfig(repository: Repository): Promise<{ config: ModelConfig; scaling?: RopeScaling }> {
  const json = await readJson(repository, 'config.json')
  const generation = (await repository.exists('generation_config.json')) ? await readJson(repository, 'generation_config.json') : {}
  const where = `config.json of ${repository.id}`
  const count = (key: string, fallback?: number): number => {
    const value = json[key] ?? fallback
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
      throw new Error(`${where}: ${key} is ${show(value)}, but must be a positive whole number; copy the model's own file again.`)
    }
    return value
  }
  const positive = (key: string, value: unknown): number => {
    if (typeof value === 'number' && value > 0) return value
    throw new Error(`${where}: ${key} is ${show(value)}, but must be a positive number; correct it.`)
  }

  if (json.model_type !== 'qwen2') {
    throw new Error(`${where}: model_type is ${show(json.model_type)}, and only qwen2 models can be loaded; choose one of that family.`)
  }
  if ((json.hidden_act ?? 'silu') !== 'silu') {
    throw new Error(`${where}: hidden_act is ${show(json.hidden_act)}, and only silu is supported; choose another model.`)
  }
  if (json.use_sliding_window === true && json.sliding_window != null) {
    throw new Error(`${where}: use_sliding_window is true, and only full attention is supported; choose another model, or set it to false.`)
  }

  const rope = (json.rope_parameters ?? {}) as Json
  const scaling = { ...((json.rope_scaling ?? {}) as Json), ...rope }
  const kind = scaling.rope_type ?? scaling.type ?? 'default'
  if (typeof kind !== 'string') throw new Error(`${where}: the rope type is ${show(kind)}, but must be a word; correct it.`)

  const hidden = count('hidden_size')
  const heads = count('num_attention_heads')
  const config: ModelConfig = {
    family: 'qwen2',
    qkNorm: false,
    layers: count('num_hidden_layers'),
    hidden,
    heads,
    kvHeads: count('num_key_value_heads', heads),
    headDim: count('head_dim', hidden / heads),
    ffn: count('intermediate_size'),
    vocabulary: count('vocab_size'),
    contextLength: count('max_position_embeddings'),
    ropeTheta: positive('rope_theta', rope.rope_theta ?? json.rope_theta ?? 10_000),
    rmsNormEps: positive('rms_norm_eps', json.rms_norm_eps ?? 1e-6),
    tied: json.tie_word_embeddings === true,
    eos: ids('eos_token_id', generation.eos_token_id ?? json.eos_token_id, where),
  }
  if (config.heads % config.kvHeads !== 0) {
    throw new Error(`${where}: ${config.heads} heads cannot share ${config.kvHeads} key-value heads evenly; correct num_key_value_heads.`)
  }
  if (config.headDim % 2 !== 0) {
    throw new Error(`${where}: head_dim is ${config.headDim}, but rotary embedding needs an even one; correct it.`)
  }
  const [bos] = ids('bos_token_id', generation.bos_token_id ?? json.bos_token_id, where)
  if (bos !== undefined) config.bos = bos
  return kind === 'default' ? { config } : { config, scaling: { kind } }
}

async function readJson(repository: Repository, path: string): Promise<Json> {
  const text = await repository.text(path)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} of ${repository.id} is not JSON (${(error as Error).message}); copy it from the model's repository again.`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw new Error(`${path} of ${repository.id} holds no object; copy it from the model's repository again.`)
}

function ids(key: string, value: unknown, where: string): number[] {
  const list: unknown[] = Array.isArray(value) ? value : value == null ? [] : [value]
  return list.map((id) => {
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return id
    throw new Error(`${where}: ${key} is ${show(id)}, but must be a token id; correct it.`)
  })
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}
