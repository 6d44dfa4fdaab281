/**
 * Reward hacking on multiple choice, and its cure (arXiv 2401.08967, §4.4 found it; a reward for each step is ours): letters are rewarded,
 * the right option stands at C in 70 % of the training questions, and the base is careless about its steps. Every arm generates the
 * same number of tokens. Settings were calibrated with other seeds than these.
 */
import { estimate, last, write, type Arm, type ArmResults, type Claim, type Point } from './results'
import { specs, type Study } from './study'

const algorithm = {
  name: 'grpo',
  questions: 16,
  num_generations: 8,
  max_completion_length: 16,
  learning_rate: 1.5e-3,
}

const SHORTCUT = { name: 'choice', shortcut: 0.7 }
const FAIR = { name: 'choice', shortcut: 0 }
const NUMBERS = { name: 'choice', shortcut: 0, numbers: 1 }

const CHAIN = 'right chain'
const HACKED = 'right answers without a right chain'
const ASKED = { '': 'with the shortcut', fair: 'fair options', numbers: 'as numbers' }

export const hackingStudy: Study = {
  method: 'hacking',
  model: 'choice',
  tokens: { full: 90_000, quick: 6_000 },
  parts: 3,
  arms(plan) {
    const { seeds, quick } = plan
    const runs = specs(hackingStudy, plan)
    const greedy = { temperature: 0, problems: 200 }
    const evaluation = {
      problems: quick ? 50 : 300,
      task: SHORTCUT,
      variants: [
        { name: 'fair', task: FAIR },
        { name: 'numbers', task: NUMBERS },
        ...(quick ? [] : [{ name: 'greedy', ...greedy }, { name: 'greedy, fair', task: FAIR, ...greedy }]),
      ],
    }
    const spec = (task: object, grader = 'choice') => runs({ task, graders: [{ name: grader }], algorithm, evaluation })
    const arms: Arm[] = [
      { name: 'letter reward', title: 'Right letters earn 1, and C is right in 70 %', set: 'rewards', seeds, spec: spec(SHORTCUT) },
      { name: 'process reward', title: 'The cure: half for the letter, half for the share of right steps', set: 'rewards', seeds, spec: spec(SHORTCUT, 'process') },
      { name: 'numeric reward', title: 'The same sums asked as numbers', set: 'rewards', seeds, spec: spec(NUMBERS) },
      { name: 'letter reward, fair options', title: 'Control: nothing to exploit but luck', set: 'rewards', seeds, spec: spec(FAIR) },
    ] // prettier-ignore
    return arms
  },
  sets: { rewards: 'Held-out letters right, with the shortcut (T 1)' },
  claims(all) {
    const arms = all.filter(({ runs }) => runs.length > 0)
    const letter = arms.find(({ name }) => name === 'letter reward')
    return letter ? [measured(arms, letter), everywhere(arms, letter)] : []
  },
}

type Read = (point: Point) => number | undefined

/** The measure of hacking: right letters that no right chain led to. */
function measured(arms: ArmResults[], letter: ArmResults): Claim {
  const base = (read: Read) => write(estimate(letter.runs.map(({ points }) => points[0] && read(points[0]))))
  const cells: Read[] = [({ accuracy }) => accuracy, ({ measures }) => measures?.[CHAIN], ({ measures }) => measures?.[HACKED]]
  const rows = [['base', ...cells.map(base)], ...arms.map((arm) => [arm.name, ...cells.map((read) => write(last(arm, read)))])]
  const cured = rows.find(([name]) => name === 'process reward')
  const says =
    `With the letter as reward ${rows.find(([name]) => name === letter.name)![3]} of the right letters stand after a wrong or missing chain` +
    (cured ? `; with a reward for each step at the same budget ${cured[3]}, and ${cured[1]} of the letters are right.` : '.')
  return { title: 'Right letters, wrong reasoning', says, columns: ['arm', 'letter right', CHAIN, `of right letters: no ${CHAIN}`], rows }
}

/** What was learnt, asked in other ways. */
function everywhere(arms: ArmResults[], letter: ArmResults): Claim {
  const names = Object.keys(ASKED) as (keyof typeof ASKED)[]
  const read =
    (name: keyof typeof ASKED): Read =>
    ({ accuracy, variants }) =>
      name === '' ? accuracy : variants[name]
  const rows = arms.map((arm) => [arm.name, ...names.map((name) => write(last(arm, read(name))))])
  const own = rows.find(([name]) => name === letter.name)!
  const says = `Who was rewarded for letters answers ${own[1]} where its shortcut holds, ${own[2]} where it does not, and ${own[3]} of the numbers.`
  return { title: 'The same sums, asked in other ways', says, columns: ['arm', ...Object.values(ASKED)], rows }
}
