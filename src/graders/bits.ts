/**
 * Rows of bits after <ans>, for the bundled model of Knights and Knaves: `<think> … </think> <ans> 1 0 1`, 1 for a knight. The score is Logic-RL's
 * (verl/utils/reward_score/kk.py, commit 9d2c457): format +1 or −1; answer +2 when all are right, −1.5 when it is read but wrong, −2 when it
 * cannot be read or the format is bad. So 3, −0.5, −1 or −3. There the answer is names in words; here only bits are read.
 */
import { normalise, type Grader, type Submission } from './grader'

const FORMAT = /^<think>(.*)<\/think>\s*<ans>(.*)$/s
const TAG = /<\/?think>|<ans>/

/** The row after <ans>, where thinking and answer stand once, in order, and the model ended them itself; undefined otherwise. */
function reply({ text, finish }: Submission): string | undefined {
  const [, thought, row] = FORMAT.exec(text.trim()) ?? []
  if (finish === 'length' || thought === undefined || TAG.test(thought) || TAG.test(row!)) return undefined
  return normalise(row!)
}

/** The row where it has as many bits as the answer. */
function bits(submission: Submission): string | undefined {
  const row = reply(submission)
  return row !== undefined && /^[01]( [01])*$/.test(row) && row.length === submission.answer.length ? row : undefined
}

export const bitsRight: Grader = {
  name: 'bits',
  title: 'The right bits after <ans>, with the thinking in its tags',
  rules: (weight) => `Think in <think> tags, then write one bit a person after <ans>, 1 for a knight: ${weight} when all are right, else 0.`,
  grade: (submission) => (submission.answer === '' ? null : bits(submission) === submission.answer ? 1 : 0),
  answer: bits,
}

export const bitsScore: Grader = {
  name: 'bits_score',
  title: 'Logic-RL’s score of bits: 3 right, −0.5 wrong, −1 not to be read, −3 without the format',
  max: 3,
  rules: (weight) =>
    `Format: ${weight} for thinking in <think> tags and an answer after <ans>, ${-weight} without. ` +
    `Answer, one bit a person: ${2 * weight} when all are right, ${-1.5 * weight} when wrong, ${-2 * weight} when it cannot be read.`,
  grade(submission) {
    if (submission.answer === '') return null
    if (reply(submission) === undefined) return -3
    const row = bits(submission)
    return row === undefined ? -1 : row === submission.answer ? 3 : -0.5
  },
  answer: bits,
}
