/** Why is this group silent? Of the one group that is shown. */
import type { GroupRecord } from '../../rl/report'
import type { RunSpec } from '../../runs/spec'
import { fixed } from '../format'
import { inWords } from '../group/ranking'
import type { WhyAnswer } from './answer'
import { allGood, isSilent, speakUp } from './silence'
import { later, say } from '../words/say'

const GOOD = later`They are all good: the model has learnt this question.`
const BAD = later`They are all bad: the model has not found a way to this answer yet.`

export function whySilent(spec: RunSpec, group: GroupRecord): WhyAnswer | undefined {
  const { completions } = group
  if (completions.length < 2 || !isSilent(group)) return undefined
  const reward = fixed(completions[0]!.reward)
  const n = inWords(completions.length)
  const texts = new Set(completions.map(({ text }) => text)).size
  const cut = completions.filter(({ finish }) => finish === 'length').length
  const good = allGood(spec, group)
  const tokens = completions.reduce((sum, { pieces }) => sum + pieces.length, 0)
  const said = texts === 1
    ? say`All ${n} wrote the very same text, so no grader could tell them apart.`
    : say`They wrote ${inWords(texts)} different texts, but the graders gave all of them the same.`
  const unbased = 'baseline' in spec.algorithm && spec.algorithm.baseline === 'none'
  const nothing = unbased
    ? say`This run compares rewards with nothing (baseline: none), so all ${n} are pushed the same way, and nothing tells them apart.`
    : say`so each is exactly as good as the group’s mean: all ${n} advantages are 0, and none of the ${tokens} tokens gets a slope.`
  return {
    question: say`Why is this group silent?`,
    answer: [
      say`All ${n} attempts at this question earned ${reward}, ${unbased ? say`the same. `
        : ''}${nothing} What is learnt are the differences within a group; here there are none.`,
      `${said} ${say.of(good ? GOOD : BAD)}` +
        (cut === 0 ? '' : cut === 1
          ? say` ${inWords(cut)} of them was cut off before the end.`
          : say` ${inWords(cut)} of them were cut off before the end.`),
    ],
    settings: speakUp(spec, !good),
  }
}
