/** transformers.js on the bundled model: the same tokens of 20 prompts, and the same greedy continuations, as ours. */
import { AutoModelForCausalLM, AutoTokenizer, env, type Tensor } from '@huggingface/transformers'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LORA_TARGETS } from '../policy/policy'
import { loadTokenizer } from '../rl/tokenizer'
import { tasks } from '../tasks/index'
import { openNodeHost } from '../workers/node'
import { PUBLIC } from './model'

it('goes on from 20 prompts as transformers.js does', async () => {
  env.allowRemoteModels = false
  env.localModelPath = join(PUBLIC, 'models')
  env.backends.onnx.wasm!.wasmPaths = undefined // its import points at a server
  const theirs = {
    tokenizer: await AutoTokenizer.from_pretrained('ledger'),
    model: await AutoModelForCausalLM.from_pretrained('ledger', { dtype: 'fp32', device: 'cpu' }),
  }
  const host = await openNodeHost({ modelRoot: PUBLIC })
  const policy = await host.open({ model: 'ledger', adapter: { rank: 1, alpha: 1, targets: [...LORA_TARGETS], seed: 0 } })
  const tokenizer = await loadTokenizer((path) => host.file('ledger', path))
  const task = tasks.ledger.create(tasks.ledger.settings.parse({}))

  const chats = Array.from({ length: 20 }, (_, i) => task.prompt(task.example('test', i)))
  const prompts = chats.map((messages) => tokenizer.prompt(messages))
  const key = { seed: 0, purpose: 'probe' as const, step: 0 }
  const ours = await policy.sample(prompts, { n: 1, maxTokens: 22, stop: policy.info.eos, temperature: 0, key })

  for (const [i, messages] of chats.entries()) {
    const encoded = theirs.tokenizer.apply_chat_template(messages, { add_generation_prompt: true, return_dict: true }) as {
      input_ids: Tensor
    }
    expect([...(encoded.input_ids.data as BigInt64Array)].map(Number)).toEqual(prompts[i])
    const output = (await theirs.model.generate({ ...encoded, max_new_tokens: 22, do_sample: false })) as Tensor
    expect([...(output.data as BigInt64Array)].map(Number).slice(prompts[i]!.length)).toEqual(ours[i]![0]!.tokens)
  }
  await policy.close()
})
