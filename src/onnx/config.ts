/**
 * `config.json` and `generation_config.json` of a model repository, as transformers writes them (4: `rope_theta`,
 * `rope_scaling` with `type` or `rope_type`; 5: both inside `rope_parameters`). What can't run is refused here, before any weight.
 */
import type { Repository } from './repository'
import { readScaling, type RopeScaling } from './scaling'

export type Family = 'qwen2' | 'qwen3' | 'llama'

export interface ModelConfig {
  family: Family
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

export type Json = Record<string, unknown>

const FAMILIES: readonly string[] = ['qwen2', 'qwen3', 'llama'] satisfies Family[]
/** Above these a config is a mistake, and would ask for memory before any weight tells. */
const MOST = { num_hidden_layers: 1000, max_position_embeddings: 2 ** 24, other: 2 ** 24 }

/** Throws one sentence when a value is missing, impossible, or asks for something that is not supported. */
export async function readConfig(repository: Repository): Promise<{ config: ModelConfig; scaling?: RopeScaling }> {
  const json = await readJson(repository, 'config.json')
  const generation = (await repository.exists('generation_config.json')) ? await readJson(repository, 'generation_config.json') : {}
  const where = `config.json of ${repository.id}`
  const count = (key: string, fallback?: number): number => {
    const value = json[key] ?? fallback
    const most = key === 'num_hidden_layers' ? MOST.num_hidden_layers : MOST.other
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
      throw new Error(`${where}: ${key} is ${show(value)}, but must be a whole number from 1 to ${most}; copy the model's own file again.`)
    }
    return value
  }
  const positive = (key: string, value: unknown): number => {
    if (typeof value === 'number' && value > 0) return value
    throw new Error(`${where}: ${key} is ${show(value)}, but must be a positive number; correct it.`)
  }

  const family = familyOf(json, where)
  const hidden = count('hidden_size')
  const heads = count('num_attention_heads')
  const rope = objectAt(json, 'rope_parameters', where)
  const config: ModelConfig = {
    family,
    qkNorm: family === 'qwen3',
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
  refuseWindows(json, config, where)
  const [bos] = ids('bos_token_id', generation.bos_token_id ?? json.bos_token_id, where)
  if (bos !== undefined) config.bos = bos
  const scaling = readScaling({ ...objectAt(json, 'rope_scaling', where), ...rope }, config, where)
  return scaling ? { config, scaling } : { config }
}

/** The family, or one sentence that says what about the model can't run. */
function familyOf(json: Json, where: string): Family {
  const type = json.model_type
  const refuse = (what: string) =>
    new Error(`${where}: ${what}, which cannot run here; choose a text model of the Qwen2, Qwen3 or Llama family.`)
  const has = (...keys: string[]) => keys.find((key) => json[key] != null && json[key] !== 0 && json[key] !== false)
  const experts = has('num_experts', 'num_local_experts', 'n_routed_experts')
  if (experts || /moe|mixtral/.test(String(type))) throw refuse(`${show(type)} is a mixture of experts`)
  const eyes = has('vision_config', 'audio_config')
  if (eyes || /(_|^)(vl|vision|audio|omni)(_|$)/.test(String(type))) {
    throw refuse(`${show(type)} also reads ${eyes === 'audio_config' ? 'sound' : 'images'}`)
  }
  if (json.is_encoder_decoder === true) throw refuse(`${show(type)} is an encoder and a decoder`)
  if (typeof type !== 'string' || !FAMILIES.includes(type)) throw refuse(`model_type is ${show(type)}`)
  const family = type as Family
  if ((json.hidden_act ?? 'silu') !== 'silu') throw refuse(`hidden_act is ${show(json.hidden_act)}`)
  if (json.attention_bias === true && family !== 'qwen2') throw refuse('attention_bias is true')
  if (json.mlp_bias === true) throw refuse('mlp_bias is true')
  const part = objectAt(json, 'rope_parameters', where).partial_rotary_factor ?? json.partial_rotary_factor ?? 1
  if (part !== 1) throw refuse(`partial_rotary_factor is ${show(part)}`)
  return family
}

/** A window binds when a layer uses it and sequences can be longer (transformers: layers from max_window_layers on). */
function refuseWindows(json: Json, config: ModelConfig, where: string): void {
  const { layer_types: types, sliding_window: window } = json
  if (types != null && !(Array.isArray(types) && types.every((type) => type === 'full_attention' || type === 'sliding_attention'))) {
    throw new Error(`${where}: layer_types holds ${show(types).slice(0, 80)}, and only full attention can run here; choose another model.`)
  }
  const from = typeof json.max_window_layers === 'number' ? json.max_window_layers : 0
  const windowed = Array.isArray(types) ? types.includes('sliding_attention') : json.use_sliding_window === true && from < config.layers
  if (!windowed || config.family === 'llama' || window == null || json.use_sliding_window === false) return
  if (typeof window === 'number' && window >= config.contextLength) return
  throw new Error(
    `${where}: layers see only ${show(window)} tokens back (sliding_window) of ${config.contextLength}, and only full attention ` +
      'can run here; choose another model.',
  )
}

async function readJson(repository: Repository, path: string): Promise<Json> {
  const text = await repository.text(path)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = (error as Error).message.replace(/\s+/g, ' ').slice(0, 120)
    throw new Error(`${path} of ${repository.id} is not JSON (${reason}); copy it from the model's repository again.`)
  }
  if (isObject(value)) return value
  throw new Error(`${path} of ${repository.id} holds no object; copy it from the model's repository again.`)
}

function objectAt(json: Json, key: string, where: string): Json {
  const value = json[key] ?? {}
  if (isObject(value)) return value
  throw new Error(`${where}: ${key} is ${show(value)}, but must be an object; correct it.`)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function ids(key: string, value: unknown, where: string): number[] {
  const list: unknown[] = Array.isArray(value) ? value : value == null ? [] : [value]
  return list.map((id) => {
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return id
    throw new Error(`${where}: ${key} is ${show(id)}, but must be a token id; correct it.`)
  })
}

/** A value of a file for a sentence, short. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
