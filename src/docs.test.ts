/** The documentation is true: links lead somewhere, lines say what they are linked for, commands and files exist, the drawing is current. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { linksOf, pages, renewed } from '../bin/docs.mjs'

const ROOT = join(import.meta.dirname, '..')
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8')
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

/** How often rooms import each other changes all the time; that they do is the drawing. */
const withoutCounts = (text: string) => text.replace(/ -- \d+ -->/g, ' -->').replace(/ \(\d+\)"\]/g, '"]')

describe.each(pages())('%s', (page) => {
  const text = read(page)

  it('links to what is there, and to lines that say it (npm run docs mends lines)', () => {
    for (const { path } of linksOf(page, text)) expect(existsSync(join(ROOT, path)), `${page} links to ${path}`).toBe(true)
    expect(withoutCounts(renewed(page, text))).toBe(withoutCounts(text))
  })

  it('names commands and examples that exist', () => {
    for (const [, command] of text.matchAll(/npm run ([a-z-]+)/g)) expect(Object.keys(scripts)).toContain(command)
    for (const [path] of text.matchAll(/\bexamples\/[\w./-]*\w/g)) expect(existsSync(join(ROOT, path)), path).toBe(true)
  })
})

it('counts what it checked', () => {
  const links = pages().flatMap((page) => linksOf(page, read(page)))
  console.log(`${pages().length} pages, ${links.length} links, ${links.filter(({ line }) => line).length} of them to lines of code`)
  expect(links.filter(({ line }) => line).length).toBeGreaterThan(20)
})
