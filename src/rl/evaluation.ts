/**
 * Held-out accuracy: the task's test examples 0 … problems − 1, the same for every seed, R answers to each over one or several
 * rounds; right is what passes by the first grader. Shares come with Wilson's 95 % interval over problems (with R > 1
 * that is on the safe side: answers to one problem are alike). Random numbers have a purpose of their own, so that evaluating more or
 * less often, or in more ways, changes nothing in the training.
 */
import { answerSlot, passes } from '../graders/grader'
import type { Example, Task } from '../tasks/task'
import type { Context, Position } from './algorithm'
import { mean, passAt, wilson } from './math/statistics'
import type { Answers, Evaluation, Share } from './report'
import { submission } from './rollouts'
import { playRound, type Seat, type Turn } from './rounds'
import { probability, reranked, voted, type Candidate } from './votes'

/** One way of asking. */
export interface Asking {
  problems: number
  /** Answers to each problem (R). */
  num_generations: number
  rounds: number
  /** 0 is greedy. */
  temperature: number
  top_p?: number | undefined
  top_k?: number | undefined
  min_p?: number | undefined
  /** Of each round; of the first alone where the next is given. */
  max_completion_length: number
  later_max_completion_length?: number | undefined
  /** Which weights answer; base: without the adapter; start: the adapter at the start, where the algorithm keeps it. */
  policy: 'current' | 'base' | 'start'
  /** Who plays the rounds after the first. */
  later_policy: 'current' | 'base' | 'start'
  /** Whether the value head, trained as a reward model, also picks among the R answers; of the current adapter, whoever answers. */
  rerank?: boolean | undefined
}

export interface EvaluationSettings extends Asking {
  /** Other ways of asking, each with what differs. */
  variants: (Partial<Asking> & { name: string })[]
}

/** Rows of one sample call; the split changes no result, because each prompt has its own number in the key. */
const CHUNK = 128

interface Answer extends Candidate {
  turns: Turn[] /* [rounds] */
  /** The grader's; 0 where it could not score. */
  score: number
}

/**
 * Asks in every way of `settings`. `contextOf` gives the context of a variant, or of the evaluation itself without a name: its task
 * asks and its first grader judges. `seconds` is the running time so far.
 */
export async function evaluate(
  contextOf: (variant?: string) => Context,
  settings: EvaluationSettings,
  position: Position,
  seconds: () => number,
): Promise<Evaluation> {
  const { variants, ...asking } = settings
  const main = await ask(contextOf(), asking, position)
  const others: Record<string, Answers> = {}
  for (const { name, ...changes } of variants) others[name] = await ask(contextOf(name), { ...asking, ...changes }, position)
  return {
    step: position.step,
    ...main,
    numTokens: position.generatedTokens,
    questions: position.questions,
    seconds: seconds(),
    ...(variants.length > 0 && { variants: others }),
  }
}

async function ask(context: Context, asking: Asking, position: Position): Promise<Answers> {
  const { problems, num_generations: R, rounds } = asking
  const examples = Array.from({ length: problems }, (_, i) => context.task.example('test', i))
  const answers: Answer[][] = [] // [problems][R]
  const chunk = Math.max(1, Math.floor(CHUNK / R))
  for (let first = 0; first < problems; first += chunk)
    answers.push(...(await answer(context, examples.slice(first, first + chunk), first, asking, position)))
  const scores = asking.rerank && R > 1 ? await scoresOf(context, answers) : undefined

  const shares = answers.map((group) => group.filter(({ right }) => right).length / R)
  const levels = [...new Set(examples.map((example) => context.task.level?.(example)))].filter((level) => level !== undefined)
  levels.sort(new Intl.Collator('en', { numeric: true }).compare) // 2 steps before 10 steps
  const tokens = answers.flat().map(({ turns }) => turns.reduce((sum, { completion }) => sum + completion.tokens.length, 0))
  return {
    problems,
    correct: shares.reduce((a, b) => a + b, 0),
    ...shareOf(shares),
    temperature: asking.temperature,
    rounds,
    generations: R,
    meanLength: mean(tokens),
    reward: mean(answers.flat().map(({ score }) => score)),
    ...(R > 1 && { majority: shareOf(answers.map((group) => Number(voted(group)))), passAt: passAtEach(shares, R) }),
    ...(scores && {
      rerank: shareOf(answers.map((group, q) => Number(reranked(group, scores[q]!)))),
      weighted: shareOf(answers.map((group, q) => Number(voted(group, scores[q]!.map(probability))))),
    }),
    ...(context.task.measures && { measures: measures(context.task, examples, answers) }),
    ...(levels.length > 0 && {
      levels: Object.fromEntries(
        levels.map((level) => {
          const of = shares.filter((_, i) => context.task.level?.(examples[i]!) === level)
          return [level, { problems: of.length, ...shareOf(of) }]
        }),
      ),
    }),
    ...(rounds > 1 && { notes: notes(context.task, examples, answers) }),
  }
}

/** [examples][R] */
async function answer(context: Context, examples: Example[], first: number, asking: Asking, position: Position): Promise<Answer[][]> {
  const { rounds, num_generations: R } = asking
  const adapter = (who: Asking['policy']) => (who === 'base' ? 'off' : who)
  const turns: Turn[][] /* [examples · R][rounds] */ = examples.flatMap(() => Array.from({ length: R }, (): Turn[] => []))
  let seats: Seat[] = examples.map((example) => ({ example, note: context.task.rounds?.start ?? '' }))
  for (let round = 1; round <= rounds; round++) {
    const n = round === 1 ? R : 1
    const played = await playRound(context, seats, {
      round,
      rounds,
      n,
      maxTokens: (round > 1 ? asking.later_max_completion_length : undefined) ?? asking.max_completion_length,
      temperature: asking.temperature,
      topP: asking.top_p,
      topK: asking.top_k,
      minP: asking.min_p,
      adapter: adapter(round === 1 || asking.policy !== 'current' ? asking.policy : asking.later_policy),
      // in the first round a prompt is a problem, in later ones an answer to it
      key: { seed: context.seed, purpose: 'evaluation', step: position.step, prompt: round === 1 ? first : first * R },
    })
    seats = played.flat().map((turn, i) => ({ example: seats[Math.floor(i / n)]!.example, note: turn.note }))
    played.flat().forEach((turn, i) => turns[i]!.push(turn))
  }
  const grader = context.graders[0]!
  const answers = await Promise.all(
    turns.map(async (of, i): Promise<Answer> => {
      const { text, completion } = of.at(-1)!
      const given = submission(examples[Math.floor(i / R)]!, text, completion.finish)
      const score = await grader.grade(given)
      return { turns: of, score: score ?? 0, right: passes(grader, score), answer: grader.answer?.(given) ?? answerSlot(given) }
    }),
  )
  return examples.map((_, q) => answers.slice(q * R, (q + 1) * R))
}

/** With Wilson's interval over the problems. */
export function shareOf(shares: number[]): Share {
  const correct = shares.reduce((a, b) => a + b, 0)
  return { accuracy: correct / shares.length, ...wilson(correct, shares.length) }
}

/** What the value head says of each answer after its last token, [problems][R]. */
async function scoresOf({ policy, signal }: Context, answers: Answer[][]): Promise<number[][]> {
  if (!policy.info.can.valueHead)
    throw new Error('rerank asks for a value head that was trained as a reward model, but this policy has none; set it to false')
  const scores: number[][] = []
  for (const group of answers) {
    signal?.throwIfAborted()
    const rows = group.map(({ turns }) => ({ prompt: turns.at(-1)!.prompt, completion: turns.at(-1)!.completion.tokens }))
    const { value } = await policy.forward({ rows, temperature: 1 })
    scores.push(value!.map((row) => row.at(-1)!))
  }
  return scores
}

function passAtEach(shares: number[], R: number): Record<string, number> {
  const ks = Array.from({ length: Math.floor(Math.log2(R)) + 1 }, (_, i) => 2 ** i)
  return Object.fromEntries(ks.map((k) => [k, mean(shares.map((share) => passAt(R, Math.round(share * R), k)))]))
}

/** The task's own measures of the last rounds' completions. */
function measures(task: Task, examples: Example[], answers: Answer[][]): Record<string, Share & { of: number }> {
  const found = new Map<string, number[]>()
  for (const [q, group] of answers.entries())
    for (const { turns } of group) {
      const { text, completion } = turns.at(-1)!
      for (const [name, holds] of Object.entries(task.measures!(examples[q]!, { text, finish: completion.finish })))
        found.set(name, [...(found.get(name) ?? []), ...(holds === undefined ? [] : [Number(holds)])])
    }
  return Object.fromEntries([...found].filter(([, of]) => of.length > 0).map(([name, of]) => [name, { of: of.length, ...shareOf(of) }]))
}

/** What first rounds hand over. */
function notes({ rounds }: Task, examples: Example[], answers: Answer[][]): { left: number; right?: number } {
  const first = answers.flatMap((group, q) => group.map(({ turns }) => ({ turn: turns[0]!, example: examples[q]! })))
  const left = first.filter(({ turn }) => turn.left)
  const right = rounds?.right && left.length > 0 ? mean(left.map(({ turn, example }) => Number(rounds.right!(example, turn.note)))) : undefined
  return { left: left.length / first.length, ...(right !== undefined && { right }) }
}
