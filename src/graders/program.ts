/**
 * ReFT's reward for a chain of thought in code (arXiv 2401.08967, §3): the completion's solution() is run, and what it returns is compared
 * with the answer here, for no answer goes where the program is. 1 when the number is right to within 0.01, 0.1 when it is another
 * number, 0 when none came. Programs run in MicroPython, with `math` imported as in the paper; its sympy is not there.
 */
import { z } from 'zod'
import type { Grader, GraderKind } from './grader'
import { numbersIn } from './number'
import { sandbox } from './sandbox/session'

const settings = z.object({
  wrong: z.number().min(0).max(1).default(0.1).describe('score of a program that returns a wrong number'),
  tolerance: z.number().min(0).default(0.01).describe('how far the returned number may be from the answer'),
  seconds: z.number().positive().max(60).default(2).describe('seconds that a program may take'),
})

/** Completions whose returned number is remembered, for votes. */
const REMEMBERED = 10_000

export const program: GraderKind<typeof settings> = {
  name: 'program',
  title: 'The number that the completion’s solution() returns, by ReFT’s rule',
  settings,
  create({ wrong, tolerance, seconds }): Grader {
    const returned = new Map<string, string>()
    return {
      name: 'program',
      title: 'The completion’s solution() returns the right number',
      rules: (weight) =>
        `Your reply is run as a Python program, and solution() must return the answer as a number: ${weight} points when it is right, ` +
        `${weight * wrong} when it is a wrong number, 0 when the program fails.`,
      async grade({ text, answer }, flag) {
        const [right] = numbersIn(answer)
        if (right === undefined) return null
        const source = programIn(text)
        if (source === undefined) return 0
        const outcome = await (await sandbox()).run({ language: 'micropython', source, call: 'solution', args: [] }, { seconds })
        if (!outcome.ok) {
          if (outcome.kind !== 'error') flag?.(outcome.kind, `program: ${outcome.error}`)
          return 0
        }
        const { value } = outcome
        if (typeof value !== 'number' || !Number.isFinite(value)) return 0
        if (returned.size >= REMEMBERED) returned.clear()
        returned.set(text, String(value))
        return Math.abs(value - right) <= tolerance ? 1 : wrong
      },
      /** Known once the completion was graded. */
      answer: ({ text }) => returned.get(text),
    }
  },
}

/**
 * The program of a completion: its last fenced block that defines solution(), else the lines from `def solution` on for as long as they
 * are indented, up to the first blank line, as in the paper's code; a completion that only continues `def solution():` (all of it
 * indented) gets that line. Undefined without one.
 */
export function programIn(text: string): string | undefined {
  const fenced = [...text.matchAll(/```[^\n]*\n([\s\S]*?)(?:```|$)/g)].map(([, body]) => body!).findLast((body) => /^def solution\b/m.test(body))
  if (fenced !== undefined) return `import math\n${fenced}`
  const start = text.search(/^def solution\b/m)
  if (start < 0 && !/^\s*\n?[ \t]+\S/.test(text)) return undefined
  const [head = '', ...body] = start < 0 ? ['def solution():', ...text.replace(/^\s*\n/, '').split('\n')] : text.slice(start).split('\n')
  const end = body.findIndex((line) => !/^\s+\S/.test(line))
  return ['import math', head, ...(end < 0 ? body : body.slice(0, end))].join('\n')
}
