/** ReFT's P-CoT on SVAMP by the spec alone: questions, demonstrations that are programs, and a grader that runs them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGrader } from '../graders/index'
import { nodeSandbox } from '../graders/sandbox/node'
import { setSandbox } from '../graders/sandbox/session'
import { openTask } from './context'
import { parseSpec } from './spec'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../shared')
const [train, test] = ['svamp_python_sdp.json', 'svamp_test_set.json'].map((name) => join(SHARED, 'data/reft', name)) as [string, string]

describe.skipIf(!existsSync(train))(`programs for SVAMP (${train}; set ETUDE_SHARED)`, () => {
  beforeAll(() => setSandbox(() => nodeSandbox()))
  afterAll(() => setSandbox(undefined))

  it.each([
    ['its own grader', { task: { name: 'svamp', train, test, rule: 'program' } }],
    ['a grader of the spec', { task: { name: 'svamp', train, test, rule: 'reft' }, graders: [{ name: 'program' }] }],
  ])('are asked for, and run, by %s', async (_, source) => {
    const spec = parseSpec(source)
    const task = await openTask(spec.task)
    const [grader] = spec.graders.map((of) => createGrader(of))
    expect(grader!.name).toBe('program')
    for (let i = 0; i < 20; i++) {
      const example = task.example('train', i)
      const grade = (text: string) => grader!.grade({ text, answer: example.answer, finish: 'stop' })
      expect(await grade(task.solution(example))).toBe(1)
      expect(await grade('    return -1.5')).toBe(0.1)
    }
    const example = task.example('train', 0)
    const { content } = task.prompt(example)[0]!
    if (spec.task.name === 'svamp' && spec.task.rule === 'program') {
      expect(content).toMatch(/^Question:\n.+\nAnswer reasoning:\ndef solution\(\):\n {4}""".+"""\n$/)
      expect(task.solution(example)).toMatch(/^ {4}\w[^]*\n {4}return \w+$/)
    }
    expect(task.example('test', 999).answer).toMatch(/^\d/)
  })
})
