// Keeps docs true: links to lines of code follow the code, and the drawing of the house comes from its imports.
// `npm run docs` writes, src/docs.test.ts compares.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { ROOT } from './prepare.mjs'

/** Every page of the documentation, from the root of the repository. */
export function pages() {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => join('docs', name)).sort()
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs].filter((name) => existsSync(join(ROOT, name)))
}

const LINK = /\[(`?)([^\]`]+)\1\]\(([^)\s#]+)(#L\d+)?\)/g

/** Links of a page to files of the repository: what they are called, the path from the root, and the line. */
export function linksOf(page, text) {
  return [...text.matchAll(LINK)]
    .filter(([, , , target]) => !/^[a-z]+:/.test(target))
    .map(([, , name, target, line]) => ({ name, path: relative(ROOT, resolve(ROOT, dirname(page), target)), line: line && Number(line.slice(2)) }))
}

/** The line, from 1, where `name` is declared in a file's text; undefined where it is not. */
export function lineOf(name, text) {
  const bare = name.replace(/\(.*$/, '').replace(/^.*\./, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const declared = [
    new RegExp(`^\\s*(export )?(async )?(function\\*?|class|interface|const|type|fn) ${bare}\\b`),
    new RegExp(`^\\s*(async |private )*${bare}(<[^>]*>)?\\(`),
    new RegExp(`\\b${bare}\\b`),
  ]
  const lines = text.split('\n')
  for (const pattern of declared) {
    const at = lines.findIndex((line) => pattern.test(line))
    if (at >= 0) return at + 1
  }
  return undefined
}

/** The page with the lines of its links as they are now. Throws where a link leads nowhere. */
export function relinked(page, text) {
  return text.replace(LINK, (whole, quote, name, target, line) => {
    if (/^[a-z]+:/.test(target) || !line) return whole
    const path = resolve(ROOT, dirname(page), target)
    if (!existsSync(path)) throw new Error(`${page} links to ${target}, which is not there`)
    const found = lineOf(name, readFileSync(path, 'utf8'))
    if (found === undefined) throw new Error(`${page} links to ${name} in ${target}, which does not say it any more`)
    return `[${quote}${name}${quote}](${target}#L${found})`
  })
}

/** The drawing: rooms of src and who imports whom, as often as they do; tests do not count. */
export function houseDrawing() {
  const src = join(ROOT, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name) && !/\.(test|fixture)\.tsx?$/.test(name) && name.includes(sep))
  const counts = new Map()
  const sizes = new Map()
  for (const file of files) {
    const room = file.split(sep)[0]
    sizes.set(room, (sizes.get(room) ?? 0) + 1)
    for (const [, target] of readFileSync(join(src, file), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)) {
      const other = relative(src, resolve(src, dirname(file), target)).split(sep)[0]
      if (other !== room && other !== '..') counts.set(`${room} ${other}`, (counts.get(`${room} ${other}`) ?? 0) + 1)
    }
  }
  const rooms = [...sizes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([room, n]) => `  ${room}["${room} (${n})"]`)
  const ways = [...counts].filter(([way]) => sizes.has(way.split(' ')[1])).sort(([a], [b]) => (a < b ? -1 : 1)).map(([way, n]) => `  ${way.replace(' ', ` -- ${n} --> `)}`)
  return ['```mermaid', 'graph LR', ...rooms, ...ways, '```'].join('\n')
}

const DRAWN = /```mermaid\n[\s\S]*?```/

/** The page as it should be now. */
export function renewed(page, text) {
  const linked = relinked(page, text)
  return page === join('docs', 'house.md') ? linked.replace(DRAWN, houseDrawing()) : linked
}

export function writeDocs() {
  for (const page of pages()) {
    const path = join(ROOT, page)
    const text = readFileSync(path, 'utf8')
    const now = renewed(page, text)
    if (now !== text) writeFileSync(path, now)
  }
}
