/**
 * The run's LoRA gradients against finite differences, while somebody looks: a few fresh completions, their log-probs weighed at random,
 * one tensor after another. Adapter and optimizer are put back in the end, to the bit.
 */
import { checkGradients } from '../policy/gradients'
import type { GradientCheck } from '../policy/host'
import type { Context } from './algorithm'
import { stream } from '../tasks/random'
import { draw } from './pool'
import { encodePrompt } from './rollouts'
import { endings } from './rounds'

/** The relative error that passes, as in `npm run verify`. */
export const GRADIENT_LIMIT = 1e-3

/** To which a slope is measured, so that its own error decides nothing. */
const PRECISION = GRADIENT_LIMIT / 5

/** Names of the adapter's tensors in PEFT's spelling. */
export async function adapterTensors({ policy }: Context): Promise<string[]> {
  if (!policy.inspect) throw new Error('this policy does not show its gradients; check them where the model runs on this machine')
  return (await policy.inspect.tensors()).map(({ name }) => name).filter((name) => name.includes('lora_'))
}

/** Checks the tensors named, and tells of each as it comes. Rejects with an AbortError when aborted; the run's state is back then too. */
export async function checkTensors(
  context: Context,
  names: readonly string[],
  { length, seed, signal }: { length: number; seed: number; signal?: AbortSignal },
  onCheck: (check: GradientCheck) => void,
): Promise<void> {
  const { policy } = context
  const number = stream(seed, 0x67726164)
  const random = () => number(0, 2 ** 32 - 1) / 2 ** 32
  const prompts = draw(context, 0, 0, 2).map((example) => encodePrompt(context, example, length))
  const key = { seed: context.seed, purpose: 'probe' as const, step: 0, prompt: 0, attempt: 1 }
  const before = await policy.save()
  try {
    const groups = await policy.sample(prompts, { n: 2, maxTokens: length, temperature: 1, stop: endings(context), key })
    const rows = groups.flatMap((group, q) => group.map(({ tokens }) => ({ prompt: prompts[q]!, completion: tokens })))
    const weights = rows.map(({ completion }) => completion.map(() => 2 * random() - 1))
    for (const name of names) {
      signal?.throwIfAborted()
      const chosen = (tensor: string) => tensor === name
      const [check] = await checkGradients(policy, { rows, temperature: 1 }, { weights, random, chosen, limit: PRECISION })
      onCheck(check!)
      await policy.load(before)
    }
  } finally {
    await policy.load(before)
  }
}
