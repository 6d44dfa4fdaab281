/**
 * What the package's entries offer is there and explained: each function and class has a docstring of its own; types and tables have one,
 * or are what the header of their file is about. Entries name what they offer one by one, and types name all that is needed to use them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const { exports, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: Record<string, { types: string; default: string }>; files: string[] }
const entries = Object.keys(exports).filter((name) => name !== './package.json').map((name) => name.slice(2))

const parse = (path: string) => ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)

interface Offered {
  name: string
  path: string
  callable: boolean
  docstring: boolean
}

/** The declaration of `name` in a file that declares it. */
function offered(name: string, path: string): Offered {
  const named = (of: ts.Statement) =>
    ts.isVariableStatement(of)
      ? of.declarationList.declarations.some((one) => one.name.getText() === name)
      : 'name' in of && (of.name as ts.Identifier | undefined)?.text === name
  const found = parse(path).statements.find(named)
  if (!found) throw new Error(`${path} does not declare ${name}`)
  const functional = ts.isVariableStatement(found) && found.declarationList.declarations.some(({ initializer }) => initializer && ts.isArrowFunction(initializer))
  return {
    name, path,
    callable: ts.isFunctionDeclaration(found) || ts.isClassDeclaration(found) || functional,
    docstring: ts.getJSDocCommentsAndTags(found).length > 0,
  }
}

/** Everything that an entry exports, where it is declared. */
function offersOf(path: string): Offered[] {
  return parse(path).statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ? [offered(statement.name!.text, path)] : []
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) return []
    const from = join(dirname(path), (statement.moduleSpecifier as ts.StringLiteral).text) + '.ts'
    return statement.exportClause.elements.map((element) => offered((element.propertyName ?? element.name).text, from))
  })
}

it('are five, each with its types, and are packed', () => {
  expect(entries).toEqual(['rl', 'graders', 'tasks', 'policy', 'engine'])
  for (const name of entries) expect(exports[`./${name}`]).toEqual({ types: `./lib/package/${name}.d.ts`, default: `./lib/package/${name}.js` })
  expect(files).toContain('lib')
  const all = readdirSync(import.meta.dirname).filter((name) => !name.includes('.test.') && name !== 'packed.ts')
  expect(all.sort()).toEqual(entries.map((name) => `${name}.ts`).sort())
})

describe.each(entries)('etude/%s', (name) => {
  const offers = offersOf(join(import.meta.dirname, `${name}.ts`))

  it('explains its functions and classes', () => {
    expect(offers.some(({ callable }) => callable)).toBe(true)
    expect(offers.filter(({ callable, docstring }) => callable && !docstring).map((one) => `${one.path}: ${one.name}`)).toEqual([])
  })

  it('is in the README for the outside, with what is there', () => {
    const [, row] = new RegExp(`^\\| \`etude/${name}\` \\|(.*)$`, 'm').exec(readFileSync(join(ROOT, 'examples/outside/README.md'), 'utf8')) ?? []
    const said = [...(row ?? '').matchAll(/`(?:setSandbox\()?(\w+)/g)].map(([, word]) => word!)
    expect(said.length).toBeGreaterThan(0)
    for (const word of said) expect(offers.map((one) => one.name)).toContain(word)
  })

  it('explains its types and tables, or their file does', () => {
    const without = offers.filter(({ docstring }) => !docstring)
    expect(without.filter(({ path }) => !readFileSync(path, 'utf8').startsWith('/**')).map(({ name, path }) => `${path}: ${name}`)).toEqual([])
  })
})
