/** 1 when the last answer slot holds exactly the task's answer (white space apart), else 0; null without an answer to compare with. */
import { answerSlot, normalise, type Grader } from './grader'

export const exact: Grader = {
  name: 'exact',
  title: 'The answer in <ans> equals the right one',
  grade(submission) {
    const answer = normalise(submission.answer)
    if (answer === '') return null
    return answerSlot(submission) === answer ? 1 : 0
  },
}
