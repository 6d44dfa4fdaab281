/** The JSON bodies that the server takes, in the forms of SDK 0.25 to 0.38; unknown fields are left alone. */
import { z } from 'zod'
import { LORA_TARGETS } from '../../policy/policy'

const id = z.string().min(1).max(200)
const seq = z.int().min(0).max(2 ** 31 - 1)
const token = z.int().min(0).max(2 ** 31 - 1)
const finite = z.number()

export const createModel = z.object({
  session_id: id,
  model_seq_id: seq,
  base_model: z.string().max(300),
  lora_config: z.object({ rank: z.int().min(1), seed: z.int().min(0).max(2 ** 31 - 1).nullish() }),
  etude: z
    .object({
      alpha: z.number().positive().optional(),
      targets: z.array(z.enum(LORA_TARGETS)).min(1).optional(),
      value_head: z.boolean().optional(),
      start: z.record(z.string().regex(/^[\w.-]{1,80}$/), z.base64()).optional(),
    })
    .optional(),
})
export const modelId = z.object({ model_id: id })
export const sessionId = z.object({ session_id: id })
export const requestId = z.object({ request_id: id })

const training = { model_id: id, seq_id: seq }
export const optimStep = z.object({
  ...training,
  adam_params: z.object({
    learning_rate: finite.min(0),
    beta1: finite.min(0).max(1).default(0.9),
    beta2: finite.min(0).max(1).default(0.95),
    eps: finite.min(0).default(1e-12),
    weight_decay: finite.min(0).default(0),
    grad_clip_norm: finite.min(0).default(0),
    etude: z.object({ restart: z.boolean().optional(), value_learning_rate: finite.min(0).optional() }).optional(),
  }),
})
export const saveWeights = z.object({ ...training, path: z.string().nullish(), overwrite: z.boolean().nullish() })
export const saveForSampler = z.object({ ...training, path: z.string().nullish(), sampling_session_seq_id: seq.nullish() })
export const loadWeights = z.union([
  z.object({ ...training, path: z.string().max(600), optimizer: z.boolean().default(true) }),
  z.object({ session_id: id, model_seq_id: seq, path: z.string().max(600), optimizer: z.boolean().default(true) }),
])
export const createSampler = z
  .object({ session_id: id, sampling_session_seq_id: seq, base_model: z.string().max(300).nullish(), model_path: z.string().max(600).nullish() })
  .refine(({ base_model: base, model_path: path }) => (base == null) !== (path == null), 'give base_model or model_path, and not both')
export const named = z.object({ ...training, name: z.string().regex(/^[\w.-]{1,80}$/, 'a snapshot’s name has letters, digits, _, . and -') })
export const renew = z.object(training)
export const weightsInfo = z.object({ tinker_path: z.string().max(600) })

const tokens = z.array(token).min(1).max(1 << 20)
export const asample = z.object({
  sampling_session_id: id,
  seq_id: seq.nullish(),
  num_samples: z.int().min(1).max(4096).default(1),
  prompt: z.object({ chunks: z.array(z.object({ type: z.literal('encoded_text'), tokens: z.array(token) })).min(1) }),
  sampling_params: z.object({
    max_tokens: z.int().min(1).max(1 << 20).nullish(),
    seed: z.int().min(0).nullish(),
    temperature: z.number().min(0).default(1),
    top_k: z.int().min(-1).default(-1),
    top_p: z.number().positive().max(1).default(1),
    stop: z.union([z.array(token).max(4096), z.array(z.string()).max(0)]).nullish(),
  }),
  prompt_logprobs: z.boolean().nullish(),
  topk_prompt_logprobs: z.int().max(0, 'top-k log-probs of prompts are not offered here').nullish(),
  topk_sample_logprobs: z.int().max(0, 'top-k log-probs of samples are not offered here').nullish(),
  prompt_alt_tokens_k: z.int().max(0, 'alternative tokens are not offered here').nullish(),
  etude: z
    .object({
      prompts: z.array(tokens).max(4096),
      key: z.object({
        seed: z.number(),
        purpose: z.enum(['rollout', 'evaluation', 'probe', 'chat']),
        step: z.number(),
        attempt: z.number().optional(),
        prompt: z.number().optional(),
        round: z.number().optional(),
        sample: z.number().optional(),
      }),
      min_p: z.number().min(0).max(1).optional(),
      adapter: z.string().max(80).optional(),
    })
    .optional(),
})
