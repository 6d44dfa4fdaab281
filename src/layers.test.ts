/**
 * The house rule: what each folder under src may import. Reads every import of every file and compares it with the table;
 * default exports and barrels (`export * from`) are not allowed anywhere.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const machine = ['gpu', 'kernels', 'models', 'onnx', 'engine', 'proof', 'workers']
const learner = ['graders', 'tasks', 'rl', 'runs']

const MAY_IMPORT: Record<string, string[]> = {
  gpu: [],
  kernels: ['gpu'],
  models: ['kernels', 'gpu'],
  onnx: [],
  hub: [],
  engine: ['models', 'kernels', 'gpu', 'onnx', 'hub', 'policy'],
  policy: [],
  proof: ['engine', 'models', 'onnx', 'hub', 'policy', 'gpu'],
  workers: ['proof', 'engine', 'gpu', 'hub', 'policy'],
  graders: [],
  tasks: ['graders'],
  rl: ['tasks', 'graders', 'policy', 'hub'],
  runs: ['rl', 'tasks', 'graders', 'policy', 'hub'],
  app: ['runs', 'rl', 'tasks', 'graders', 'policy', 'hub'],
  cli: [...machine, ...learner, 'policy', 'hub'],
  package: [...machine, ...learner, 'cli', 'policy', 'hub'],
  'main.tsx': ['app', 'workers'],
  'env.d.ts': [],
  'layers.test.ts': [],
  'docs.test.ts': [],
}

const root = dirname(fileURLToPath(import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
const roomOf = (path: string) => path.split(sep)[0]!

/** Every relative import of one file as “file imports path”, where the table does not allow it. */
function trespasses(file: string, text: string): string[] {
  const room = roomOf(file)
  const allowed = MAY_IMPORT[room]
  if (!allowed) return [`${file} lies in a folder that the table does not know`]
  return ts.preProcessFile(text).importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith('.')) return []
    const target = relative(root, join(root, dirname(file), fileName))
    const other = roomOf(target)
    // what lies outside src (examples, the package file) has no layer
    return other === '..' || other === room || allowed.includes(other) ? [] : [`${file} imports ${target}`]
  })
}

describe('layers', () => {
  it('finds the files', () => expect(files.length).toBeGreaterThan(30))

  it.each(Object.keys(MAY_IMPORT).filter((room) => files.some((file) => roomOf(file) === room)))('%s imports only what it may', (room) => {
    const wrong = files.filter((file) => roomOf(file) === room).flatMap((file) => trespasses(file, readFileSync(join(root, file), 'utf8')))
    expect(wrong).toEqual([])
  })

  it('has no folder that the table does not know', () =>
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in MAY_IMPORT))).toEqual([]))

  it('sees what is not allowed', () => {
    expect(trespasses(join('engine', 'x.ts'), "import { a } from '../rl/report'\nexport { b } from '../gpu/b'")).toEqual([
      `engine${sep}x.ts imports rl${sep}report`,
    ])
    expect(trespasses(join('rl', 'math', 'x.ts'), "const a = await import('../../engine/a')\nimport '../report'")).toHaveLength(1)
    expect(trespasses(join('attic', 'x.ts'), '')).toHaveLength(1)
  })

  it('the two columns never import each other', () => {
    for (const [one, other] of [[machine, learner], [learner, machine]] as const)
      for (const room of one) expect(MAY_IMPORT[room]!.filter((name) => other.includes(name))).toEqual([])
  })

  it('has no default export and no barrel', () => {
    const wrong = files.filter((file) => /^export (default|\* from)/m.test(readFileSync(join(root, file), 'utf8')))
    expect(wrong).toEqual([])
  })
})
