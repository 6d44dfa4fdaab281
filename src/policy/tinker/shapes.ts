/**
 * What servers of the Tinker wire answer, as far as it is used here: the fields that TuFT 0.2, SkyRL 0.4 and our own server have in
 * common, and those of `etude`, which only ours gives. Unknown fields are left alone.
 */
import { z } from 'zod'
import { LORA_TARGETS } from '../policy'

const text = z.string().nullish()

export const description = z.object({
  id: z.string(),
  family: z.string(),
  parameters: z.number(),
  contextLength: z.number(),
  vocabulary: z.number(),
  bytes: z.number(),
  notices: z.array(z.string()).optional(),
})

export const policyInfo = z.object({
  model: z.string(),
  parameters: z.number(),
  contextLength: z.number(),
  vocabulary: z.number(),
  eos: z.array(z.number()),
  adapter: z.object({ rank: z.number(), alpha: z.number(), targets: z.array(z.enum(LORA_TARGETS)), parameters: z.number() }),
  can: z.object({
    train: z.boolean(),
    snapshots: z.boolean(),
    valueHead: z.boolean(),
    entropySlope: z.boolean(),
    topP: z.boolean(),
    topK: z.boolean(),
    minP: z.boolean(),
    inspect: z.boolean(),
  }),
  device: z.object({ name: z.string(), software: z.boolean(), tier: z.string() }),
})

/** `etude` is the version of the extensions that our own server speaks. */
export const clientConfig = z.looseObject({ etude: z.int().optional(), fwdbwd_max_chunk_len: z.int().optional() })

export const capabilities = z.object({
  supported_models: z.array(
    z.object({
      model_name: z.string(),
      max_context_length: z.number().nullish(),
      capabilities: z.array(z.string()).nullish(),
      etude: description.optional(),
    }),
  ),
})

export const session = z.object({ session_id: z.string(), info_message: text, warning_message: text, error_message: text })
export const pending = z.object({ request_id: z.string(), model_id: text })
export const madeModel = z.object({ model_id: z.string(), lora_config: z.looseObject({ alpha: z.number().optional() }).nullish() })
export const info = z.looseObject({ model_id: z.string(), etude: policyInfo.optional() })
export const stepped = z.object({ metrics: z.record(z.string(), z.number().nullable()).nullish() })
export const saved = z.object({ path: z.string() })
export const published = z.object({ path: text, sampling_session_id: text })
export const samplingSession = z.object({ sampling_session_id: z.string() })
export const anything = z.unknown()

/** What a future answers besides its result. */
export const waiting = z.object({ type: z.literal('try_again') })
export const failed = z.object({ error: z.string(), category: text })

/** The text of a refusal: FastAPI's `detail`, a sentence or a list of fields; plain text; nothing. */
export function refusal(body: string): string {
  const known = z.object({ detail: z.union([z.string(), z.array(z.looseObject({ loc: z.array(z.unknown()), msg: z.string() }))]) })
  let said = body
  try {
    const { data } = known.safeParse(JSON.parse(body))
    if (data) said = typeof data.detail === 'string' ? data.detail : data.detail.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ')
  } catch {
    // plain text
  }
  const [first = ''] = said.trim().split('\n')
  return first.slice(0, 300) || 'it says nothing more'
}
