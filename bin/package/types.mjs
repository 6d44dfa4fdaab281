// The package's types: declarations of the entries and of what they lead to, beside the JavaScript, with Node's own kind of imports.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../prepare.mjs'
import { ENTRIES, LIB } from './build.mjs'

const RELATIVE = /((?:from |import\()["'])(\.[^"']*)(["'])/g

/** Returns the number of files. Throws where an import leads nowhere, or where declarations cannot be made. */
export function writeTypes() {
  const src = join(ROOT, 'src')
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT)
  const made = new Map()
  const program = ts.createProgram({
    rootNames: [...ENTRIES.map((name) => join(src, `package/${name}.ts`)), join(src, 'env.d.ts')],
    options: { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, noCheck: true, outDir: LIB, rootDir: ROOT },
  })
  const { diagnostics } = program.emit(undefined, (name, text) => made.set(relative(join(LIB, 'src'), name), text))
  if (diagnostics.length > 0) throw new Error(ts.flattenDiagnosticMessageText(diagnostics[0].messageText, ' '))

  const written = new Set()
  const write = (name) => {
    if (written.has(name)) return
    written.add(name)
    const text = made.get(`${name}.d.ts`)
    if (text === undefined) throw new Error(`the package's types lead to ${name}, of which there is no declaration`)
    const path = join(LIB, `${name}.d.ts`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text.replace(RELATIVE, (_, before, target, after) => {
      write(relative(src, resolve(src, dirname(name), target)))
      return `${before}${target}.js${after}`
    }))
  }
  for (const name of ENTRIES) write(`package/${name}`)
  return written.size
}
