/**
 * A grader that a person wrote as code: grade(sample, item) → a number. `sample` is OpenAI's: output_text (what follows the reasoning),
 * output_json where that is JSON, choices; `item` are the example's fields and its `answer`. A call that fails scores 0 and is counted.
 */
import { z } from 'zod'
import type { Grader, GraderKind } from '../grader'
import { sampleReader } from '../openai/sample'
import { callGrade } from './grade'
import type { Language } from './sandbox'

function settingsOf(example: string, there: string) {
  return z.object({
    source: z.string().min(1).default(example).describe(`the code; it defines grade(sample, item), which returns a number; ${there}`),
    max: z.number().default(1).describe('the highest score that it gives: that of a right completion'),
    seconds: z.number().positive().max(60).default(2).describe('seconds that a call may take'),
  })
}

/** `there` says what the code may use. */
export function codeGrader(
  language: Language, name: string, title: string, example: string, there: string,
): GraderKind<ReturnType<typeof settingsOf>> {
  const read = sampleReader()
  return {
    name,
    title,
    settings: settingsOf(example, there),
    create: ({ source, max, seconds }): Grader => ({
      name,
      title,
      max,
      async grade({ text, answer, finish, item }, flag) {
        const args = [read(text, finish).sample, { answer, ...item }] as const
        const graded = await callGrade(language, source, args, seconds)
        if (graded.ok) return graded.score
        flag?.(graded.kind, `${name}: ${graded.error}`)
        return 0
      },
      answer: ({ text }) => text.trim() || undefined,
    }),
  }
}
