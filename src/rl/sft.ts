/**
 * Supervised fine-tuning on the task's solutions, ever new ones or a fixed set that comes round reshuffled: cross entropy of the
 * completion's tokens, averaged over all of them in the step (TRL's SFTTrainer with completion_only_loss, loss_type nll, no packing).
 * Defaults differ from TRL's in the learning rate (1e-3 constant; TRL: 2e-5 linear). mean_token_accuracy is not reported: greedy
 * tokens do not come through the door.
 */
import { z } from 'zod'
import { START, type Algorithm, type Context } from './algorithm'
import { crossEntropy } from './math/losses'
import { mean } from './math/statistics'
import { adamw, optimizerSettings, requireFinite, requireTraining } from './optimizer'
import { draw } from './pool'
import type { StepReport } from './report'
import { countTokens, demonstration } from './rollouts'

const settings = z.object({
  questions: z.int().min(1).default(16).describe('demonstrations of a step'),
  demonstrations: z.int().min(0).default(0).describe('solutions that come round again, reshuffled; 0: ever new ones'),
  gradient_accumulation_steps: z.int().min(1).default(1).describe('equal pieces that a step’s rows go through the model in'),
  ...optimizerSettings,
})

export type SftSettings = z.output<typeof settings>

async function* run(context: Context, settings: SftSettings): AsyncGenerator<StepReport, void, void> {
  const { policy, steps } = context
  const { questions } = settings
  let { step, numTokens } = context.from ?? START
  const { generatedTokens } = context.from ?? START

  while (step < steps) {
    const since = performance.now()
    const rows = draw(context, settings.demonstrations, step * questions, questions).map((example) => demonstration(context, example))
    const { all, generated: stepTokens } = countTokens(rows)
    const size = questions / settings.gradient_accumulation_steps
    const optimizer = adamw(settings, step + 1, steps)

    let loss = 0
    const entropies: number[] = []
    for (let start = 0; start < questions; start += size) {
      context.signal?.throwIfAborted()
      const { id, logprob, entropy } = await policy.forward({ rows: rows.slice(start, start + size), temperature: 1 })
      const objective = crossEntropy(logprob, stepTokens)
      requireFinite('the loss', objective.loss, step + 1)
      await policy.backward(id, { logprob: objective.slope })
      loss += objective.loss
      entropies.push(mean(entropy.flat()))
    }
    context.signal?.throwIfAborted()
    const { gradNorm } = await policy.step(optimizer)
    if (policy.info.can.gradNorm !== false) requireFinite('the gradient’s norm', gradNorm, step + 1)

    step++
    numTokens += all
    yield {
      step,
      metrics: {
        loss,
        grad_norm: gradNorm,
        learning_rate: optimizer.learningRate,
        entropy: mean(entropies), // of the micro-batches’ means, as there
        num_tokens: numTokens,
        generated_tokens: generatedTokens,
        questions: step * questions,
        step_time: (performance.now() - since) / 1000,
      },
      groups: [],
      resumable: true,
    }
  }
}

export const sft: Algorithm<typeof settings> = {
  name: 'sft',
  title: 'SFT: imitate the task’s solutions',
  settings,
  conflict({ questions, gradient_accumulation_steps: pieces }) {
    if (questions % pieces === 0) return undefined
    return `gradient_accumulation_steps is ${pieces}, which does not divide the ${questions} demonstrations (questions) of a step`
  },
  async prepare(policy) {
    requireTraining(policy)
    return Promise.resolve()
  },
  run,
}
