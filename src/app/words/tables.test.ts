/** Every language has every text of the page, no others, and each with its values. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeFiles, keysIn } from './code.fixture'
import { LANGUAGES } from './languages'
import type { Table } from './say'

const keys = keysIn(codeFiles()).sort()
const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'))
const places = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort()
const edges = (text: string): string[] => [/^\s*/.exec(text)![0], /\s*$/.exec(text)![0]]

describe.each(files)('%s', (file) => {
  const table = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Table

  it('has each of the page’s texts', () => {
    expect(keys.length).toBeGreaterThan(400)
    expect(keys.filter((key) => !(key in table))).toEqual([])
  })

  it('has no others', () => expect(Object.keys(table).filter((key) => !keys.includes(key))).toEqual([]))

  it('has the same values and the same spaces at the ends', () => {
    const unlike = Object.entries(table).filter(([key, text]) => text.trim() === '' || String(places(key)) !== String(places(text)) || String(edges(key)) !== String(edges(text)))
    expect(unlike).toEqual([])
  })

  it('can be chosen', () => expect(LANGUAGES).toContain(file.replace('.json', '')))
})
