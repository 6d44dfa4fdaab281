/** 1 when the completion holds exactly one answer slot with something in it and nothing after it, else 0. Says nothing of the answer. */
import { answerSlot, type Grader } from './grader'

export const format: Grader = {
  name: 'format',
  title: 'Exactly one filled <ans> slot, at the end',
  grade(submission) {
    const { text } = submission
    const opened = text.split('<ans>').length - 1
    const closed = text.split('</ans>').length - 1
    const tail = closed === 0 ? '' : text.slice(text.indexOf('</ans>') + '</ans>'.length)
    return opened === 1 && closed <= 1 && tail.trim() === '' && (answerSlot(submission) ?? '') !== '' ? 1 : 0
  },
}
