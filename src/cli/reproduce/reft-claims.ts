/** ReFT's claims, measured on the runs of the miniature. */
import { estimate, last, write, type ArmResults, type Claim, type Point } from './results'

const MODES = { words: 'N-CoT', programs: 'P-CoT' }

export function claims(all: ArmResults[]): Claim[] {
  const arms = all.filter(({ runs }) => runs.length > 0)
  if (arms.length === 0) return []
  return [
    ...Object.entries(MODES).flatMap(([set, title]) => beyond(arms.filter((arm) => arm.set === set), title)),
    cost(arms.filter(({ set }) => set in MODES)),
    ...votes(arms.filter((arm) => arm.set === 'votes')),
  ]
}

const greedy = ({ variants }: Point) => variants.greedy
const accuracy = ({ accuracy }: Point) => accuracy

/** PPO and what it is compared with, from the same warm-up; differences are paired by seed. */
function beyond(arms: ArmResults[], title: string): Claim[] {
  const ppo = arms.find(({ name }) => name === 'PPO')
  const warm = arms.find(({ name }) => name === 'warm-up')
  if (!ppo || !warm) return []
  const end = (runs: ArmResults['runs'], seed: number) => runs.find((run) => run.seed === seed)?.points.at(-1)?.accuracy
  const ahead = ({ runs }: ArmResults) =>
    estimate(
      ppo.runs.map(({ seed }) => {
        const [own, other] = [end(ppo.runs, seed), end(runs, seed)]
        return own === undefined || other === undefined ? undefined : own - other
      }),
    )
  const at = ({ runs }: ArmResults, i: number, read: (point: Point) => number | undefined) =>
    write(estimate(runs.flatMap(({ points }) => points.slice(i)[0] ?? []).map(read)))
  const cells = (arm: ArmResults, i: number) => [accuracy, ({ majority }: Point) => majority, greedy].map((read) => at(arm, i, read))
  const rows = [['base', ...cells(warm, 0), '–'], ...arms.map((arm) => [arm.name, ...cells(arm, -1), arm === ppo ? '–' : write(ahead(arm))])]
  const others = arms.filter((arm) => arm !== ppo && arm !== warm)
  const clear = (arm: ArmResults) => ahead(arm).mean > (ahead(arm).half ?? Infinity) // one seed shows nothing
  const below = others.filter(clear).map(({ name }) => name)
  const level = others.filter((arm) => !clear(arm)).map(({ name }) => name)
  const says =
    `From ${at(warm, -1, accuracy)} after the warm-up (${at(warm, 0, accuracy)} before it) PPO comes to ${at(ppo, -1, accuracy)}` +
    (below.length > 0 ? `, above ${below.join(', ')}` : '') +
    (level.length > 0 ? `, and not clearly above ${level.join(', ')}` : '') +
    `. Greedy, the bare model had ${at(warm, 0, greedy)} and the warm-up left ${at(warm, -1, greedy)} of it.`
  const columns = ['arm', 'pass@1', 'majority', 'greedy', 'PPO is ahead by (pass@1, paired)']
  return [{ title: `Beyond imitation, ${title}`, says, columns, rows }]
}

/** What each way of training generated to learn from. */
function cost(arms: ArmResults[]): Claim {
  const whole = (read: (point: Point) => number, arm: ArmResults) => Math.round(last(arm, read).mean)
  const rows = arms.map((arm) => [`${arm.name}, ${arm.set}`, whole(({ tokens }) => tokens, arm), whole(({ step }) => step, arm)])
  const says = 'Fine-tuning learns from texts that are there and generates nothing; offline self-training generates all before its first update.'
  return { title: 'What the training took', says, columns: ['arm', 'generated tokens', 'updates'], rows }
}

/** One answer out of several: the commonest, the one that a reward model likes best, a vote weighed by what it says. */
function votes(arms: ArmResults[]): Claim[] {
  if (arms.length === 0) return []
  const of = (arm: ArmResults) => ({
    alone: last(arm, accuracy),
    majority: last(arm, ({ majority }) => majority),
    rerank: last(arm, ({ rerank }) => rerank),
    weighted: last(arm, ({ weighted }) => weighted),
  })
  const policy = ({ from, name }: ArmResults) => from?.split('/').at(-1) ?? name
  const rows = arms.map((arm) => [policy(arm), ...Object.values(of(arm)).map(write)])
  const says = arms.map((arm) => {
    const { alone, majority, rerank, weighted } = of(arm)
    const fails = rerank.mean < alone.mean ? 'fails, being less than one answer alone' : 'is less than the vote'
    return (
      `Of ${policy(arm)}’s ${arm.spec.evaluation.num_generations} answers one alone is right ${write(alone)}, the commonest ${write(majority)}; ` +
      `taking the one with the highest score ${rerank.mean < majority.mean ? fails : 'is more than the vote'}: ${write(rerank)}; ` +
      `the weighted vote has ${write(weighted)}.`
    )
  })
  const columns = ['policy', 'pass@1', 'majority', 'rerank (maximum)', 'weighted vote']
  return [{ title: 'Votes and reranking, a weak and a strong policy', says: says.join(' '), columns, rows }]
}
