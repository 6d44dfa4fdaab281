/** What the tests of the texts read of the page's code: its files, and the texts that are said in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { joinKey } from './say'

const ROOT = join(import.meta.dirname, '..')
const SAID = ['say', 'later', 'tell']

export interface CodeFile {
  name: string
  source: ts.SourceFile
}

/** All of the page's code but its tests. */
export function codeFiles(): CodeFile[] {
  const names = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name) && !/\.(test|fixture)\./.test(name))
  return names.map((name) => ({
    name: name.replaceAll('\\', '/'),
    source: ts.createSourceFile(name, readFileSync(join(ROOT, name), 'utf8'), ts.ScriptTarget.Latest, true),
  }))
}

/** Every node of a file, parents first; `enter` says whether to go on within it. */
export function walk(node: ts.Node, enter: (node: ts.Node) => boolean): void {
  if (enter(node)) ts.forEachChild(node, (child) => { walk(child, enter) })
}

/** The pieces of a template or of a string, without the values between them. */
export function piecesIn(node: ts.TemplateLiteral | ts.StringLiteral): string[] {
  return ts.isTemplateExpression(node) ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)] : [node.text]
}

/** The key of a text that is said, as say.ts makes it. */
export function keyIn(node: ts.Node): string | undefined {
  if (!ts.isTaggedTemplateExpression(node) || !SAID.includes(node.tag.getText())) return undefined
  return joinKey(piecesIn(node.template))
}

export const keysIn = (files: readonly CodeFile[]): string[] => {
  const keys = new Set<string>()
  for (const { source } of files) {
    walk(source, (node) => {
      const key = keyIn(node)
      if (key !== undefined) keys.add(key)
      return true
    })
  }
  return [...keys]
}
