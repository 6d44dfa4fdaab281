/** The table of questions, the most pressing first: add a question's file to this folder and its name here. */
import { accuracyFlat } from './accuracy-flat'
import type { Seen, WhyAnswer, WhyQuestion } from './answer'
import { completionsCut } from './completions-cut'
import { entropyCollapsed } from './entropy-collapsed'
import { gradientZero } from './gradient-zero'
import { klRising } from './kl-rising'
import { lossZero } from './loss-zero'
import { rewardFell } from './reward-fell'
import { silentGroups } from './silent-groups'
import { ungraded } from './ungraded'

export const QUESTIONS: readonly WhyQuestion[] = [
  ungraded, completionsCut, silentGroups, gradientZero, rewardFell, accuracyFlat, klRising, entropyCollapsed, lossZero,
]

export interface Asked extends WhyAnswer {
  name: string
  beside: readonly string[]
}

/** What the run's figures raise now, in the order of the table. */
export function askAll(seen: Seen): Asked[] {
  return QUESTIONS.flatMap((question) => {
    const answer = question.ask(seen)
    return answer ? [{ name: question.name, beside: question.beside, ...answer }] : []
  })
}
