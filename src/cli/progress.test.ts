import { expect, it } from 'vitest'
import { ProgressLine, clock } from './progress'

it('writes a line a step where there is no screen', () => {
  const written: string[] = []
  const out = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream
  const line = new ProgressLine(4, 0, out)
  line.report({ step: 1, metrics: { reward: 0.5, loss: -0.25 }, groups: [], resumable: true })
  const answers = { problems: 10, correct: 4, accuracy: 0.4, low: 0.2, high: 0.7, temperature: 1, rounds: 1, generations: 1, meanLength: 3 }
  line.evaluation({ ...answers, step: 1, numTokens: 9, questions: 1, seconds: 2 })
  line.report({ step: 2, metrics: {}, groups: [], resumable: true })
  expect(written[0]).toMatch(/^▕█{6} {18}▏ 1\/4 {2}0:\d\d left {2}reward 0.50 {2}loss -0.250\n$/)
  expect(written[1]).toBe('held-out accuracy after step 1: 0.400 (4 of 10; 95 % interval 0.20–0.70)\n')
  expect(written[2]).toMatch(/2\/4 .*held-out 0.40\n$/)
})

it('draws one line again and again on a screen, no wider than it', () => {
  const written: string[] = []
  const out = { isTTY: true, columns: 40, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream
  const line = new ProgressLine(10, 0, out)
  line.report({ step: 10, metrics: { reward: 1, loss: 1, entropy: 1 }, groups: [], resumable: true })
  line.say('done')
  expect(written[0]).toHaveLength('\r\x1b[K'.length + 39)
  expect(written.slice(1)).toEqual(['\r\x1b[K', 'done\n'])
})

it('writes times', () => {
  expect([0, 59.6, 61, 3599, 3661].map(clock)).toEqual(['0:00', '1:00', '1:01', '59:59', '1:01:01'])
})
