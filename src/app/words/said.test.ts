/** Whatever a person reads is said: no text stands bare in the page's code. */
import ts from 'typescript'
import { expect, it } from 'vitest'
import { codeFiles, keyIn, piecesIn, walk, type CodeFile } from './code.fixture'

/** Names, marks and samples, which are the same in every language. */
const NAMES = new Set([
  'étude', 'qwen2.5, smollm2 …', 'hf_…', 'http://localhost:7860/#token=tml-…', ' · WebGPU', 'ONNX Runtime', 'min', 'pass@',
])

/** Elements that hold what is typed into a terminal. */
const CODE = ['code', 'Code']

/** English throughout: what scripts and whoever writes components are told; fonts; the titles of files that are English. */
const ENGLISH = ['api.ts', 'context.ts', 'theme.ts', 'lessons/guides.ts']

/** Attributes and properties that people read. */
const READ = new Set([
  'label', 'title', 'aria-label', 'aria-description', 'aria-valuetext', 'placeholder', 'description', 'hint', 'about', 'says', 'question', 'words', 'what',
  'absent', 'nothingFound', 'thumbLabel', 'thumbFromLabel', 'thumbToLabel', 'alt', 'notice', 'alert',
])
/** Attributes that only programs read. */
const UNREAD = /^(className|classNames|style|styles|width|d|accept|href|id|key|type|role|viewBox|data-.*|aria-labelledby|rel|points|transform|preserveAspectRatio)$/

const LETTERS = /\p{L}{2}/u
/** Two words, or a word beside a value. */
const SENTENCE = /\p{L}{2,}[,;:.!?’”)]* [(“]?\p{L}|^[,;.:]? ?\p{Ll}{3,} $|^ \p{Ll}{3,}[,;.:)]?/u

type Text = ts.StringLiteral | ts.TemplateLiteral
const isText = (node: ts.Node): node is Text => ts.isStringLiteral(node) || ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)
const wordless = (text: string): boolean => NAMES.has(text) || !LETTERS.test(text)

const JOINED = new Set([ts.SyntaxKind.PlusToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken])

/** The texts that an expression may come to. */
function outcomes(node: ts.Expression): Text[] {
  if (ts.isParenthesizedExpression(node)) return outcomes(node.expression)
  if (ts.isConditionalExpression(node)) return [...outcomes(node.whenTrue), ...outcomes(node.whenFalse)]
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return outcomes(node.right)
    return JOINED.has(kind) ? [...outcomes(node.left), ...outcomes(node.right)] : []
  }
  return isText(node) ? [node] : []
}

const COMPARED = new Set([ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken])
const compared = ({ parent }: ts.Node): boolean => ts.isBinaryExpression(parent) && COMPARED.has(parent.operatorToken.kind)

function bareTexts({ name, source }: CodeFile): string[] {
  const found = new Set<string>()
  const take = (text: Text): void => {
    if (piecesIn(text).some((piece) => !wordless(piece.trim()) && !wordless(piece)) && !compared(text)) found.add(`${name}: ${text.getText()}`)
  }
  walk(source, (node) => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return false
    if (keyIn(node) !== undefined) {
      // its values may be texts themselves
      const { template } = node as ts.TaggedTemplateExpression
      if (ts.isTemplateExpression(template)) for (const { expression } of template.templateSpans) outcomes(expression).forEach(take)
      return true
    }
    if (ts.isTaggedTemplateExpression(node)) return false // TeX, and what else has a tag of its own
    if (ts.isJsxElement(node) && CODE.includes(node.openingElement.tagName.getText())) return false
    if (ts.isJsxText(node) && !wordless(node.text.replace(/&\w+;/g, '').trim())) found.add(`${name}: ${node.text.trim()}`)
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) outcomes(node.expression).forEach(take)
    if (ts.isJsxAttribute(node)) {
      const attribute = node.name.getText()
      const value = node.initializer
      if (READ.has(attribute) && value && ts.isStringLiteral(value)) take(value)
      if (READ.has(attribute) && value && ts.isJsxExpression(value) && value.expression) outcomes(value.expression).forEach(take)
      return !UNREAD.test(attribute)
    }
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && READ.has(node.name.text) && !unreadWithin(node)) outcomes(node.initializer).forEach(take)
    if (isText(node) && !ts.isTaggedTemplateExpression(node.parent) && !piecesIn(node)[0]!.startsWith('<') && piecesIn(node).some((piece) => SENTENCE.test(piece))) take(node)
    return true
  })
  return [...found]
}

/** Mantine's `classNames: { label: … }`. */
const unreadWithin = (node: ts.PropertyAssignment): boolean =>
  ts.isPropertyAssignment(node.parent.parent) && UNREAD.test(node.parent.parent.name.getText())

it('is true of every file', () => {
  const files = codeFiles().filter(({ name }) => !ENGLISH.includes(name))
  expect(files.length).toBeGreaterThan(100)
  expect(files.flatMap(bareTexts)).toEqual([])
})

it('would notice one', () => {
  const bare = (code: string): number => bareTexts({ name: 'x.tsx', source: ts.createSourceFile('x.tsx', code, ts.ScriptTarget.Latest, true) }).length
  expect(bare('<p>Hello</p>')).toBe(1)
  expect(bare('<p title="Hello">{on ? `a ${b}` : \'off\'}</p>')).toBe(2)
  expect(bare('const words = { label: \'Hello\' }')).toBe(1)
  expect(bare('function f() { return `the run made ${n} steps` }')).toBe(1)
  expect(bare('<p title={say`Hello`} className="quiet small-print">{say`a ${b}`} {tell`x ${<b>{say`off`}</b>}`}</p>')).toBe(0)
  expect(bare('<p>{say`a ${b ? \'off\' : \'\'}`}</p>')).toBe(1)
})
