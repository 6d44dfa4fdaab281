/** A tree with numbers that are easy to check: 2 responses, 2 ways on from each, 3 rounds. */
import type { LiveGroup } from '../../rl/algorithm'
import type { CompletionRecord, GroupRecord, StepReport } from '../../rl/report'

const response = (name: string, successes: number[], reward: number, advantage: number): CompletionRecord => ({
  text: `thought ${name}`,
  pieces: [],
  finish: 'stop',
  scores: { exact: successes.reduce((a, b) => a + b, 0) / successes.length, first_round_format: 1 },
  reward,
  advantage,
  note: name,
  left: true,
  trajectories: successes.map((success, j) => ({
    rounds: [2, 3].map((round) => ({ prompt: `${name}?`, text: `${name}${j}${round}`, finish: round === 3 ? 'length' : 'stop', note: `${name}${round}`, left: true })),
    scores: { exact: success },
    success,
  })),
})

export const group: GroupRecord = {
  prompt: 'what is it?',
  solution: 'this',
  completions: [response('a', [1, 0], 0.6, -0.71), response('b', [1, 1], 1.1, 0.71)],
}

export const report: StepReport = { step: 4, metrics: {}, groups: [group], resumable: true }

export const live = (trajectories?: string[][][]): LiveGroup => ({
  step: 5, question: 0, questions: 1, prompt: 'and this?', completions: [['x', 'y'], []], ...(trajectories && { trajectories }),
})
