/**
 * The accuracy score of MOTIF's released code (github.com/purbeshmitra/MOTIF, motif.py), whose 2 / 1 / 0 is 1 / ½ / 0 here at weight 2:
 * 1 when \boxed{answer} stands letter for letter in the last <answer> slot, ½ when it stands anywhere else in the completion.
 * As there, the slot begins at the last <answer> or, without one, with the completion, and ends at the next </answer> or with it.
 */
import type { Grader } from './grader'
import { boxed } from './boxed'

export const motifAccuracy: Grader = {
  name: 'motif_accuracy',
  title: 'The right \\boxed{} inside <answer>; half for elsewhere',
  grade({ text, answer }) {
    if (answer.trim() === '') return null
    const box = `\\boxed{${answer}}`
    const slot = text.split('<answer>').at(-1)!.split('</answer>')[0]!
    if (slot.includes(box)) return 1
    return text.includes(box) ? 0.5 : 0
  },
  answer: (submission) => boxed.answer?.(submission),
}
