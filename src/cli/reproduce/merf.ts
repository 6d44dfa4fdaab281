/**
 * MeRF in miniature (arXiv 2506.18485): Knights and Knaves of three people, with the scoring rules stated in the prompt, partly
 * true, misleading, or not at all; rewards are the same in all arms. Settings were calibrated with other seeds than these.
 */
import { estimate, last, write, type Arm, type ArmResults, type Claim } from './results'
import { specs, type StepsOf, type Study } from './study'

const ASKED = ['none', 'true', 'misleading'] as const

const algorithm = {
  name: 'grpo',
  questions: 16,
  num_generations: 8,
  max_completion_length: 80,
  learning_rate: 1.5e-3,
  adam_beta2: 0.98,
}

export const merfStudy: Study = {
  method: 'merf',
  model: 'knights',
  tokens: { full: 160_000, quick: 6_000 },
  parts: 4,
  arms(plan) {
    const { seeds, quick } = plan
    const runs = specs(merfStudy, plan)
    const asked = { problems: quick ? 25 : 100, num_generations: 1 }
    const evaluation = {
      problems: quick ? 25 : 64,
      num_generations: quick ? 1 : 8,
      variants: ASKED.map((rules) => ({ name: shown(rules), motivation: rules, ...asked })),
    }
    const spec = (motivation?: object) => runs({ task: { name: 'knights' }, motivation, algorithm, evaluation })
    const arms: Arm[] = [
      { name: 'RLVR', title: 'No rules in the prompt', set: 'motivation', seeds, spec: spec() },
      { name: 'MeRF', title: 'The true rules in every prompt', set: 'motivation', seeds, spec: spec({ rules: 'true' }) },
      { name: 'misleading rules', title: 'Rules that ask for what earns nothing; rewards unchanged', set: 'motivation', seeds, spec: spec({ rules: 'misleading' }) },
    ] // prettier-ignore
    if (quick) return arms
    return [
      ...arms,
      { name: 'mostly true', title: 'One of three rules is wrong', set: 'scale', seeds, spec: spec({ rules: 'mostly' }) },
      { name: 'partly true', title: 'Two of three rules are wrong', set: 'scale', seeds, spec: spec({ rules: 'partly' }) },
    ] // prettier-ignore
  },
  sets: {
    motivation: 'Held-out puzzles solved, asked as each arm was trained (pass@1, T 1)',
    scale: 'Between true and misleading',
  },
  claims(all, _, steps) {
    const arms = all.filter(({ runs }) => runs.length > 0)
    if (arms.length === 0) return []
    return [crossed(arms), passes(arms), ...training(arms, steps), ...recovery(arms)]
  },
}

function shown(rules: (typeof ASKED)[number]): string {
  return rules === 'none' ? 'without rules' : `with ${rules} rules`
}

/** {base, RLVR, MeRF, …} × {asked without, with, with misleading rules}. */
function crossed(arms: ArmResults[]): Claim {
  const cells = (arm: ArmResults, at: number) => ASKED.map((rules) => write(arm.others[shown(rules)]!.at(at)!))
  const rows = [['base', ...cells(arms[0]!, 0)], ...arms.map((arm) => [arm.name, ...cells(arm, -1)])]
  const find = (name: string) => rows.find(([first]) => first === name)
  const [rlvr, merf] = [find('RLVR'), find('MeRF')]
  const says =
    rlvr && merf
      ? `At the end RLVR solves ${rlvr[1]} asked without rules, MeRF ${merf[1]} without and ${merf[2]} with the rules that it was trained with.`
      : 'Runs are still missing.'
  return { title: 'Trained and asked with and without the rules', says, columns: ['trained', ...ASKED.map(shown)], rows }
}

function passes(arms: ArmResults[]): Claim {
  const ks = Object.keys(arms[0]!.runs[0]!.points.at(-1)?.passAt ?? {})
  const of = (arm: ArmResults, k: string) => write(last(arm, ({ passAt }) => passAt?.[k]))
  const rows = arms.map((arm) => [arm.name, ...ks.map((k) => of(arm, k))])
  return { title: 'pass@k at the end, asked as trained', says: `k = ${ks.join(', ')}.`, columns: ['arm', ...ks.map((k) => `pass@${k}`)], rows }
}

/** Share of the training rollouts that are right, in the steps up to each mark. */
function training(arms: ArmResults[], steps: StepsOf): Claim[] {
  const marks = arms[0]!.runs[0]!.points.map(({ mark }) => mark).slice(1)
  const rows = arms.map((arm) => {
    const runs = arm.runs.map(({ seed }) => steps(arm.name, arm.set, seed))
    const near = (lines: Record<string, number>[], mark: number) => {
      const before = lines.filter(({ generated_tokens: tokens = 0 }) => tokens <= mark).slice(-5)
      return before.reduce((sum, line) => sum + (line['rewards/bits/mean'] ?? 0), 0) / before.length
    }
    return [arm.name, ...marks.map((mark) => write(estimate(runs.map((lines) => near(lines, mark)))))]
  })
  const says = 'Share of training completions that are right, over the five steps before each mark.'
  return [{ title: 'Accuracy on the training puzzles', says, columns: ['arm', ...marks.map((mark) => `${mark / 1000}k`)], rows }]
}

/** Whether who is misled comes back to where nobody is told anything. */
function recovery(arms: ArmResults[]): Claim[] {
  const [rlvr, misled] = [arms.find(({ name }) => name === 'RLVR'), arms.find(({ name }) => name === 'misleading rules')]
  if (!rlvr || !misled) return []
  const rows = rlvr.accuracy.map((accuracy, i) => [`${misled.runs[0]!.points[i]!.mark / 1000}k`, write(misled.accuracy[i]!), write(accuracy)])
  const [end, level] = [misled.accuracy.at(-1)!, rlvr.accuracy.at(-1)!]
  const back = rlvr.accuracy.findIndex(({ mean }) => mean >= end.mean)
  const says =
    end.mean >= level.mean - (level.half ?? 0)
      ? `Misled, it comes back: ${write(end)} at the end, RLVR ${write(level)}.`
      : `Misled, it learns but has not come back when its budget ends: ${write(end)}, where RLVR has ${write(level)} and had as much around ${rows[Math.max(0, back)]![0]} tokens.`
  return [{ title: 'Misled, and back', says, columns: ['generated tokens', 'misleading rules', 'RLVR'], rows }]
}
