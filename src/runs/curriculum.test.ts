/** A run on a ladder of tasks: it climbs by its success, says where it stands, and a resumed run stands where the other did. */
import { describe, expect, it } from 'vitest'
import { createFakeHost } from '../policy/fake'
import { createRun } from './run'
import { parseSpec } from './spec'

const level = (terms: number) => ({ name: 'ledger', terms: [terms, terms] })
const specOf = (steps: number) =>
  parseSpec({
    task: level(6),
    curriculum: { levels: [level(4), level(5), level(6)], groups: 2, raise: 0.01, lower: 0 },
    algorithm: { name: 'grpo', questions: 2, num_generations: 8, max_completion_length: 22 },
    evaluation: { problems: 0 },
    steps,
    seed: 7,
  })

async function played(steps: number, resume?: Uint8Array) {
  const run = createRun(specOf(steps), createFakeHost(), {}, resume)
  run.play()
  await run.done
  const levels = run.reports.map(({ metrics }) => metrics['curriculum/level'])
  const terms = run.reports.map(({ groups }) => groups.map(({ prompt }) => prompt.match(/[a-z][+-]\d/g)!.length))
  return { levels, terms, checkpoint: await run.checkpoint() }
}

describe('a curriculum', () => {
  it('trains on harder problems once its level is mastered', async () => {
    const { levels, terms } = await played(12)
    expect(terms[0]).toEqual([4, 4])
    expect(levels.some((at) => at! > 1)).toBe(true)
    levels.slice(0, -1).forEach((at, i) => expect(terms[i + 1]).toEqual([at! + 3, at! + 3]))
  })

  it('goes on where it stood', async () => {
    const whole = await played(8)
    const { checkpoint } = await played(4)
    const rest = await played(8, checkpoint)
    expect(rest.levels).toEqual(whole.levels.slice(4))
    expect(rest.terms).toEqual(whole.terms.slice(4))
  })

  it('is refused where it could not climb', () => {
    expect(() => parseSpec({ curriculum: { levels: [level(4)] } })).toThrow('curriculum')
    expect(() => parseSpec({ curriculum: { levels: [level(4), level(5)], raise: 0.2 } })).toThrow('lower must be less than raise')
  })
})
