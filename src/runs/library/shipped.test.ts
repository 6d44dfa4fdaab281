/** The recordings that come with the page can be read, are small, and are all in their index. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readRecording } from './recording'

const FOLDER = new URL('../../../public/recordings/', import.meta.url)
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.gz'))

it('lists them all', () => {
  const index = JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as { file: string }[]
  expect(index.map(({ file }) => file).sort()).toEqual(files.sort())
  expect(files.length).toBeGreaterThan(0)
})

it.each(files)('%s', (file) => {
  const bytes = new Uint8Array(readFileSync(new URL(file, FOLDER)))
  expect(bytes.length).toBeLessThanOrEqual(60_000)
  const { reports, evaluations, spec } = readRecording(bytes)
  expect(reports).toHaveLength(spec.steps)
  expect(evaluations.length).toBeGreaterThan(1)
  const { name } = spec.algorithm
  if (name === 'sft') return // it samples nothing: no groups, no record of tokens
  expect(reports.filter(({ groups }) => groups.length > 0).length).toBeGreaterThanOrEqual(5)
  if (name === 'reft') return // it begins with imitation and ends with a second epoch; of sixty rows a step the tokens would not fit
  expect([reports[0]!.groups.length > 0, reports.at(-1)!.groups.length > 0]).toEqual([true, true])
  expect(reports.some(({ tokens }) => tokens)).toBe(true)
})
