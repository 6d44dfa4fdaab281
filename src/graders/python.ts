/** A grader in Python: CPython with its standard library, in the sandbox. */
import { codeGrader } from './sandbox/code'

const EXAMPLE = 'def grade(sample, item) -> float:\n    return 1.0 if str(item["answer"]) in sample["output_text"] else 0.0\n'
const THERE = 'Python 3.14 and its standard library are there, numpy and the like are not'

export const python = codeGrader('python', 'python', 'Your own grade(sample, item) in Python', EXAMPLE, THERE)
