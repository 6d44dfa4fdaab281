/** A grader in JavaScript: QuickJS, in the sandbox. */
import { codeGrader } from './sandbox/code'

const EXAMPLE = 'function grade(sample, item) {\n  return sample.output_text.includes(item.answer) ? 1 : 0\n}\n'
const THERE = 'the language is there, modules and network are not'

export const javascript = codeGrader('javascript', 'javascript', 'Your own grade(sample, item) in JavaScript', EXAMPLE, THERE)
