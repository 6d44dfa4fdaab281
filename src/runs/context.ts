/** What a run's algorithm and its evaluations work with, put together from the spec: tasks with their files, graders, prompts with their rules. */
import { countFailures, type Failures } from '../graders/failures'
import type { GraderTools } from '../graders/grader'
import { createGrader } from '../graders/index'
import { readAddress } from '../hub/address'
import type { Policy } from '../policy/policy'
import type { Context, Position } from '../rl/algorithm'
import type { Tokenizer } from '../rl/tokenizer'
import { curriculum, type Curriculum } from '../tasks/curriculum'
import { motivated, shownAt, statedRules } from '../tasks/motivation'
import type { Message, Task } from '../tasks/task'
import { filesOf, gradersOf, taskKindOf, type RunSpec, type TaskSpec } from './spec'

/** The task, after reading the files that it needs. */
export async function openTask(spec: TaskSpec): Promise<Task> {
  const files = await Promise.all(filesOf(spec).map(readAddress))
  return taskKindOf(spec).create(spec, files)
}

export interface Opened {
  context: Context
  climb: Curriculum | undefined
  /** What graders failed at since it was last asked. */
  failures: () => Failures
  /** The context of an evaluation, or of one of its variants by name. */
  evaluationContext: (variant?: string) => Context
}

/** @param position where the run stands now: some steps show their motivation, others do not */
export async function openContext(
  spec: RunSpec,
  { policy, tokenizer }: Pick<Context, 'policy' | 'tokenizer'>,
  given: GraderTools,
  position: () => Position,
  listening: Pick<Context, 'signal' | 'onGroup'>,
): Promise<Opened> {
  const { evaluation, motivation } = spec
  const tasks = new Map<TaskSpec, Task>()
  for (const task of new Set([spec.task, ...(spec.curriculum?.levels ?? []), evaluation.task, ...evaluation.variants.map(({ task }) => task)]))
    if (task) tasks.set(task, await openTask(task))
  const tools = { complete: loadedModel(policy, tokenizer), ...given }
  const { graders, take } = countFailures(spec.graders.map((grader) => createGrader(grader, tools)))
  const levels = spec.curriculum?.levels.map((level) => tasks.get(level)!)
  const climb = levels && curriculum(levels, spec.curriculum!, position().curriculum)
  const task = climb?.task ?? tasks.get(spec.task)!
  const shown = () => shownAt(spec.seed, position().step + 1, motivation?.share ?? 0)
  const context: Context = {
    policy,
    tokenizer,
    task: motivated(task, statedRules(undefined, motivation, task, graders), shown),
    graders,
    seed: spec.seed,
    steps: spec.steps,
    tokens: spec.stop.tokens,
    from: position(),
    ...listening,
  }
  return {
    context,
    climb,
    failures: take,
    evaluationContext(name) {
      const variant = evaluation.variants.find((variant) => variant.name === name)
      const chosen = variant?.task ?? evaluation.task ?? spec.task
      const [judge = spec.graders[0]!] = gradersOf(chosen) // a task without graders of its own is judged by the run's
      const asked = tasks.get(chosen)!
      const rules = statedRules(variant?.motivation ?? evaluation.motivation, motivation, asked, graders)
      return { ...context, task: motivated(asked, rules), graders: [createGrader({ ...judge, weight: 1 }, tools)], onGroup: undefined }
    },
  }
}

/** The model without the adapter goes on from a chat, for graders that ask it; one after another, whoever asks. */
function loadedModel(policy: Policy, tokenizer: Tokenizer): NonNullable<GraderTools['complete']> {
  let last: Promise<unknown> = Promise.resolve()
  return (messages, { maxTokens, temperature, seed }) => {
    const key = { seed, purpose: 'chat' as const, step: 0, prompt: 0 }
    const answer = last.then(async () => {
      const prompt = tokenizer.prompt(messages as Message[])
      const [group] = await policy.sample([prompt], { n: 1, maxTokens, temperature, stop: policy.info.eos, adapter: 'off', key })
      return tokenizer.decode(group![0]!.tokens)
    })
    last = answer.catch(() => undefined)
    return answer
  }
}
