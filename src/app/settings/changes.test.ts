import { expect, it } from 'vitest'
import { parseSpec } from '../../runs/spec'
import { changesOf } from './changes'
import { toDraft, withMethod, write } from '../draft'

const spec = parseSpec({ seed: 3 })
const draft = toDraft(spec)

it('sees no change in the draft of the run itself', () => expect(changesOf(spec, draft)).toEqual([]))

it('names what was changed as the form does', () => {
  const changed = write(write(draft, 'algorithm.learning_rate', 0.002), 'task.terms', [6, 8])
  expect(changesOf(spec, changed)).toEqual([
    { path: 'task.terms', label: 'task.terms', from: '[4,5]', to: '[6,8]' },
    { path: 'algorithm.learning_rate', label: 'Learning rate', from: '0.001', to: '0.002' },
  ])
})

it('does not count what only follows another setting', () => {
  const changes = changesOf(spec, write(draft, 'seed', 4))
  expect(changes?.map(({ path }) => path)).toEqual(['seed'])
})

it('lists a method’s settings that come and go', () => {
  const paths = changesOf(spec, withMethod(draft, 'sft'))?.map(({ path }) => path)
  expect(paths).toContain('algorithm.name')
  expect(paths).toContain('algorithm.num_generations')
})

it('says nothing of a form that is wrong', () => expect(changesOf(spec, write(draft, 'steps', -1))).toBeUndefined())
