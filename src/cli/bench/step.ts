/** Whole GRPO steps, 16 questions × 8 completions, by what they ask of the policy; the rest is the algorithm's own: texts, graders, advantages. */
import type { Host } from '../../policy/host'
import type { Policy } from '../../policy/policy'
import { BUNDLED_MODEL, parseSpec, type RunSpec } from '../../runs/spec'
import { trainOn } from '../trainer'
import { fenceOf } from './fence'
import { MANY, repetitions, timed, type Parts } from './repeat'
import { figuresOf, type Figure } from './result'

const NAMES = ['sample', 'forward', 'backward', 'step'] as const

/** Closes the host. Ends the run when there are as many steps as wanted, or as the time of the second asks for. */
export async function stepSuite(
  host: Host, model: { model: string; file?: string | undefined }, wanted?: number, sizes = { questions: 16, generations: 8 },
): Promise<{ about: string; figures: Figure[] }> {
  const spent: Parts = {}
  const samples: Parts[] = []
  const spec = specOf(model, sizes, 1 + (wanted ?? MANY))
  let enough: () => void = () => undefined
  const end = new Promise<void>((resolve) => (enough = resolve))
  let generated = 0
  const trainer = trainOn(watched(host, spent), {
    spec,
    listeners: {
      opened: () => undefined,
      evaluation: () => undefined,
      report({ metrics }) {
        const parts = Object.fromEntries(NAMES.map((name) => [name, spent[name] ?? 0]))
        for (const name of NAMES) spent[name] = 0
        const whole = metrics.step_time!
        samples.push({ ...parts, 'outside the policy': whole - NAMES.reduce((sum, name) => sum + parts[name]!, 0), 'whole step': whole })
        generated = metrics.generated_tokens ?? generated
        if (samples.length > 1 && samples.length > repetitions(samples[1]!['whole step']!, wanted)) enough()
      },
    },
  })
  try {
    await Promise.race([end, trainer.done])
  } finally {
    trainer.done.catch(() => undefined) // closed before its end
    await trainer.close()
  }
  const [warmup, ...rest] = samples
  if (!warmup || rest.length === 0) {
    throw new Error('the run ended before its second step, so that there is nothing to time; look at npm run train with the same model')
  }
  const whole = { 'tokens/s': generated / samples.length }
  const figures = figuresOf({ warmup, samples: rest }, { 'whole step': whole })
  const median = (name: string) => figures.find((figure) => figure.name === name)!.seconds.median
  const share = (100 * (median('outside the policy') / median('whole step'))).toFixed(1)
  const what = `GRPO, task ${spec.task.name}, ${sizes.questions} × ${sizes.generations} completions`
  return { about: `${what}; outside the policy ${share} % of a step; tokens/s counts generated tokens`, figures }
}

function specOf({ model, file }: { model: string; file?: string | undefined }, sizes: { questions: number; generations: number }, steps: number): RunSpec {
  const bundled = model === BUNDLED_MODEL
  const algorithm = { name: 'grpo', questions: sizes.questions, num_generations: sizes.generations, max_completion_length: bundled ? 22 : 16, loss_type: 'dapo' }
  return parseSpec({
    model, ...(file !== undefined && { file }), adapter: { rank: 8, alpha: 16 }, algorithm, steps, seed: 1,
    task: bundled ? { name: 'ledger', terms: [4, 5] } : { name: 'sums' },
    graders: bundled ? [{ name: 'exact', weight: 1 }] : [{ name: 'number', weight: 1, which: 'first' }],
    evaluation: { problems: 1, at_start: false },
  }) // prettier-ignore
}

/** The host, whose policies add the seconds of their calls to `spent`; a backward ends when the GPU has done it. */
export function watched(host: Host, spent: Parts): Host {
  const watch = async (policy: Policy): Promise<Policy> => {
    const fence = await fenceOf(policy)
    const take = async <T>(part: (typeof NAMES)[number], work: () => Promise<T>): Promise<T> => {
      const { seconds, value } = await timed(work)
      spent[part] = (spent[part] ?? 0) + seconds
      return value
    }
    const calls: Partial<Policy> = {
      sample: (...args) => take('sample', () => policy.sample(...args)),
      logprobs: (...args) => take('forward', () => policy.logprobs(...args)),
      forward: (...args) => take('forward', () => policy.forward(...args)),
      backward: (...args) => take('backward', async () => {
        await policy.backward(...args)
        await fence()
      }),
      step: (...args) => take('step', () => policy.step(...args)),
    } // prettier-ignore
    return Object.assign(Object.create(policy) as Policy, calls)
  }
  return { ...host, open: async (...args) => watch(await host.open(...args)) }
}
