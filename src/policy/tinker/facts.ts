/** What a model's config.json says, for servers that do not say it themselves. Parameters are counted as Qwen and Llama have them. */
import { z } from 'zod'

const ids = z.union([z.number(), z.array(z.number())]).nullish()
const config = z.object({
  model_type: z.string(),
  vocab_size: z.number(),
  hidden_size: z.number(),
  intermediate_size: z.number(),
  num_hidden_layers: z.number(),
  num_attention_heads: z.number(),
  num_key_value_heads: z.number().optional(),
  head_dim: z.number().nullish(),
  max_position_embeddings: z.number(),
  tie_word_embeddings: z.boolean().optional(),
  eos_token_id: ids,
})

export interface Facts {
  family: string
  parameters: number
  contextLength: number
  vocabulary: number
  bytes: number
  eos: number[]
}

export async function readFacts(file: (path: string) => Promise<string>): Promise<Facts> {
  const model = config.parse(JSON.parse(await file('config.json')))
  const generation = await file('generation_config.json').catch(() => '{}')
  const { eos_token_id: eos } = z.object({ eos_token_id: ids }).parse(JSON.parse(generation))
  const { hidden_size: width, num_attention_heads: heads, num_key_value_heads: kvHeads = heads, vocab_size: vocabulary } = model
  const head = model.head_dim ?? width / heads
  const layer = 2 * width * head * (heads + kvHeads) + 3 * width * model.intermediate_size + 2 * width
  const parameters = vocabulary * width * (model.tie_word_embeddings ? 1 : 2) + model.num_hidden_layers * layer + width
  const list = [eos ?? [], model.eos_token_id ?? []].flat()
  return { family: model.model_type, parameters, contextLength: model.max_position_embeddings, vocabulary, bytes: 0, eos: [...new Set(list)] }
}
