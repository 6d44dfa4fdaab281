/**
 * MOTIF: modular thinking via reinforcement fine-tuning (arXiv 2507.02851). A problem is thought through in n rounds, each a fresh
 * prompt that carries only the last round's answer. For each question sample m first-round responses; let each go on in k
 * trajectories through the later rounds; a response's reward is
 *
 *   r_i = w · format(o_i) + (1/k) Σ_j accuracy(final answer of its trajectory j)
 *
 * and GRPO moves the policy on first-round tokens alone: what a good hand-over is worth is learnt from what others make of it.
 * Differences from the paper: the accuracy is the sum of the spec's graders, each times its weight; the later rounds are played by
 * the current policy unless `later_policy` says otherwise (the released code plays them with the bare model); the trajectories of
 * a round are sampled together; `train_rounds: every` is an extension of ours. Settings shared with GRPO are TRL's.
 */
import { z } from 'zod'
import { gradeAll } from '../graders/grader'
import { formatScore } from '../graders/motif-format'
import type { Example } from '../tasks/task'
import { START, type Algorithm, type Context } from './algorithm'
import { advantagesOf } from './math/advantages'
import { mean } from './math/statistics'
import { PRESETS } from './motif-presets'
import { objectiveConflict, objectiveSettings, piecesConflict } from './objective-settings'
import { draw } from './pool'
import type { StepReport } from './report'
import { countTokens, lengthMetrics, scoresOf, submission } from './rollouts'
import { endings, playRound, roundsOf, type Seat, type Turn } from './rounds'
import { liveTree, meanOf, treeRecords, type Tree } from './tree'
import { finite, prepareUpdates, referenceOf, updatePolicy } from './update'

const share = z.number().positive().max(1)
export const settings = z.object({
  questions: z.int().min(1).default(1).describe('questions of a step (Q)'),
  num_generations: z.int().min(2).default(8).describe('first-round responses to each question (m)'),
  trajectories: z.int().min(1).default(4).describe('ways on from each first-round response (k)'),
  rounds: z.int().min(2).max(16).default(3).describe('rounds of each trajectory (n)'),
  max_completion_length: z.int().min(1).default(22).describe('tokens after which a first-round response is cut'),
  later_max_completion_length: z.int().min(1).optional().describe('the same for later rounds; as in the first when left out'),
  temperature: z.number().positive().default(1).describe('of first rounds, and of the log-probs that train'),
  top_p: share.optional().describe('of first rounds: sample from the likeliest tokens that hold this mass'),
  later_temperature: z.number().min(0).default(0.8).describe('of later rounds'),
  later_top_p: share.optional().default(0.95).describe('of later rounds'),
  later_policy: z.enum(['current', 'base']).default('current').describe('who plays later rounds in training; base: without the adapter'),
  train_rounds: z.enum(['first', 'every']).default('first').describe('whose tokens are trained; every: by the advantage of the trajectory'),
  format: z.enum(['note', 'motif_format']).default('note').describe('a first round’s format: it leaves a note, or the released code’s rules'),
  format_weight: z.number().min(0).default(0.1).describe('of the first round’s format in the reward'),
  note_fallback: z.enum(['previous', 'whole']).default('previous').describe('what goes on without a note: the one before, or the text'),
  prompts: z
    .strictObject({ system: z.string().optional(), first: z.string(), middle: z.string(), last: z.string() })
    .optional()
    .describe('texts with {question}, {note}, {previous}, {round}, {rounds}; the task’s own when left out'),
  ...objectiveSettings,
})

export type MotifSettings = z.output<typeof settings>

async function* run(context: Context, settings: MotifSettings): AsyncGenerator<StepReport, void, void> {
  const { steps } = context
  let { step, numTokens, generatedTokens, state } = context.from ?? START
  while (step < steps) {
    const since = performance.now()
    const before = generatedTokens
    const examples = draw(context, 0, step * settings.questions, settings.questions)

    // The first round, and every way on from it.
    const tree = await grow(context, settings, examples, step + 1)
    const turns = [...tree.responses, ...tree.trajectories.flat()]
    const { all, generated } = countTokens(turns.map(rowOf))
    numTokens += all
    generatedTokens += generated

    // The reward of a response is what became of it; GRPO compares the m responses to a question.
    const graded = await grade(context, settings, tree)
    const { turns: learnt, advantages } = lessonOf(tree, graded)
    const rows = learnt.map(rowOf)
    const sampled = learnt.map(({ completion }) => completion.logprobs)
    const reference = await referenceOf(context, settings, rows)
    const update = await updatePolicy(context, settings, { rows, sampled, advantages, reference }, { step: step + 1, tokens: before, state })
    state = update.state
    step++
    yield {
      step,
      metrics: {
        ...finite({ ...graded.metrics, ...update.metrics }),
        num_tokens: numTokens,
        generated_tokens: generatedTokens,
        questions: step * settings.questions,
        step_time: (performance.now() - since) / 1000,
      },
      groups: treeRecords(context, tree, graded),
      tokens: update.tokens,
      resumable: true,
      state,
    }
  }
}

const rowOf = ({ prompt, completion }: Turn) => ({ prompt, completion: completion.tokens })

/** m first-round responses to each question; from each response k trajectories, all those of a round sampled together. */
async function grow(context: Context, settings: MotifSettings, examples: Example[], step: number): Promise<Tree> {
  const { num_generations: m, trajectories: k, rounds, prompts, note_fallback: fallback } = settings
  const live = liveTree(context, examples, { step, m, k, rounds, prompts })
  const shared = { rounds, prompts, fallback, key: { seed: context.seed, purpose: 'rollout' as const, step } }
  const first = { maxTokens: settings.max_completion_length, temperature: settings.temperature, topP: settings.top_p }
  const later = {
    maxTokens: settings.later_max_completion_length ?? settings.max_completion_length,
    temperature: settings.later_temperature,
    topP: settings.later_top_p,
    adapter: settings.later_policy === 'base' ? ('off' as const) : ('current' as const),
  }
  let seats: Seat[] = examples.map((example) => ({ example, note: roundsOf(context.task).start }))
  const responses = (await playRound(context, seats, { ...shared, ...first, round: 1, n: m }, live(1))).flat()
  seats = goOn(seats, responses, m)
  const layers: Turn[][] /* [n − 1][Q·m·k] */ = []
  for (let round = 2; round <= rounds; round++) {
    const n = round === 2 ? k : 1
    const turns = (await playRound(context, seats, { ...shared, ...later, round, n }, live(round))).flat()
    seats = goOn(seats, turns, n)
    layers.push(turns)
  }
  return { examples, responses, trajectories: seats.map((_, i) => layers.map((layer) => layer[i]!)) }
}

/** The seats of the next round: the same problems, with nothing but the notes that `turns` left; n turns for each seat. */
const goOn = (seats: Seat[], turns: Turn[], n: number): Seat[] =>
  turns.map(({ note }, i) => ({ example: seats[Math.floor(i / n)]!.example, note }))

/** Scores, rewards and advantages of a tree, and what the report says of it. */
async function grade(context: Context, settings: MotifSettings, { examples, responses, trajectories }: Tree) {
  const { graders, task } = context
  const { num_generations: m, trajectories: k, format_weight } = settings
  const exampleOf = (b: number) => examples[Math.floor(b / m)]!
  const submissions = trajectories.map((turns, i) => {
    const { text, completion } = turns.at(-1)!
    return submission(exampleOf(Math.floor(i / k)), text, completion.finish)
  })
  const scores = await Promise.all(graders.map((grader) => gradeAll(grader, submissions)))
  const format = responses.map(({ text, left }) => (settings.format === 'note' ? Number(left) : formatScore(text)))
  const firstRound = (scores: number[]) => [{ name: 'first_round_format', weight: format_weight, scores }]
  const means = scores.map((of) => responses.map((_, b) => meanOf(of.slice(b * k, (b + 1) * k)))) // [F][Q·m]
  const { rewards, advantages, metrics } = advantagesOf(scoresOf(context, means, m, firstRound(format)), settings)
  const every = settings.train_rounds === 'every'
  const spread = trajectories.map((_, i) => format[Math.floor(i / k)]!)
  const alone = scoresOf(context, scores, m * k, firstRound(spread))
  const trajectoryAdvantages = every ? advantagesOf(alone, settings).advantages : undefined
  const left = responses.flatMap((turn, b) => (turn.left ? [{ example: exampleOf(b), note: turn.note }] : []))
  const right = task.rounds?.right && mean(left.map(({ example, note }) => Number(task.rounds!.right!(example, note))))
  return {
    scores,
    format,
    rewards,
    advantages: trajectoryAdvantages ? responses.map((_, b) => mean(trajectoryAdvantages.slice(b * k, (b + 1) * k))) : advantages,
    trajectoryAdvantages,
    metrics: {
      ...lengthMetrics(responses.map(({ completion }) => completion.tokens), endings(context)),
      ...metrics,
      ...(right !== undefined && { 'motif/notes_right': right }),
    },
  }
}

/** The turns that are trained, with the advantage of each: first rounds alone, or after them all rounds of all trajectories. */
function lessonOf(tree: Tree, graded: Pick<Awaited<ReturnType<typeof grade>>, 'advantages' | 'trajectoryAdvantages'>) {
  const { advantages, trajectoryAdvantages } = graded
  if (!trajectoryAdvantages) return { turns: tree.responses, advantages }
  const later = tree.trajectories.flatMap((turns, i) => turns.map((turn) => ({ turn, advantage: trajectoryAdvantages[i]! })))
  return {
    turns: [...tree.responses, ...later.map(({ turn }) => turn)],
    advantages: [...advantages, ...later.map(({ advantage }) => advantage)],
  }
}

export const motif: Algorithm<typeof settings> = {
  name: 'motif',
  title: 'MOTIF: think in rounds, learn from what becomes of the first',
  settings,
  presets: PRESETS,
  conflict(settings) {
    const { questions, num_generations: m, trajectories: k, rounds, train_rounds, gradient_accumulation_steps: pieces, ...rest } = settings
    const every = train_rounds === 'every'
    const wrong = piecesConflict(questions * m * (every ? 1 + k * (rounds - 1) : 1), 'trained rows', pieces) ?? objectiveConflict(settings)
    if (wrong) return wrong
    if (every && rest.later_temperature !== rest.temperature)
      return `train_rounds is “every”, so later_temperature (${rest.later_temperature}) must be temperature (${rest.temperature})`
    if (every && rest.later_policy === 'base') return 'train_rounds is “every”, so the current policy must play later rounds; set later_policy to “current”'
    return undefined
  },
  prepare: prepareUpdates,
  run,
}
