/** What an engineer does with the package: installs the packed file in an empty folder, calls the command, imports the entries, benchmarks the page. */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureChromium } from '../bin/chromium.mjs'

const ROOT = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'etude-outside-'))
const installed = join(folder, 'node_modules/etude')
const etude = join(installed, 'bin/etude.mjs')
const env = { ...process.env, ETUDE_CHROMIUM: ensureChromium() }

function run(command: string, args: string[], cwd = folder): { status: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', shell: process.platform === 'win32', timeout: 580_000 })
  return { status, out: stdout, error: stderr }
}

/** A program of the package's own examples, copied out of it. */
function copied(name: string): string {
  copyFileSync(join(installed, 'examples/outside', name), join(folder, name))
  return name
}

function tiny(): string {
  const spec = JSON.parse(readFileSync(join(installed, 'examples/ledger-grpo.json'), 'utf8')) as { algorithm: object }
  const small = { ...spec, steps: 1, algorithm: { ...spec.algorithm, questions: 1, num_generations: 4 }, evaluation: { problems: 0 } }
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(small))
  return 'tiny.json'
}

const megabytes = (path: string): number =>
  readdirSync(path, { withFileTypes: true, recursive: true }).reduce((sum, file) => sum + (file.isFile() ? statSync(join(file.parentPath, file.name)).size : 0), 0) / 1e6

let packed: string
beforeAll(() => {
  const pack = run('npm', ['pack', '--silent', '--pack-destination', folder], ROOT)
  expect(pack.status, pack.error).toBe(0)
  packed = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const install = run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', packed])
  expect(install.status, install.error).toBe(0)
})
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

describe('the packed file', () => {
  it('is small, and holds neither tests nor TypeScript', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    console.log(`${(statSync(packed).size / 1e6).toFixed(1)} MB packed, ${megabytes(installed).toFixed(1)} MB unpacked, ${files.length} files and folders`)
    console.log(`${readdirSync(join(folder, 'node_modules')).length} folders in node_modules, ${megabytes(join(folder, 'node_modules')).toFixed(0)} MB`)
    expect(statSync(packed).size).toBeLessThan(20e6)
    expect(files.filter((name) => /\.(test|fixture|spec)\./.test(name) || (/\.tsx?$/.test(name) && !name.endsWith('.d.ts')))).toEqual([])
  })

  it('imports what npm installs with it, and no more', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, object>
    const code = readdirSync(join(installed, 'lib'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js') && !/^(vendor|workers-text)/.test(name))
    const asked = code.flatMap((name) => [
      ...readFileSync(join(installed, 'lib', name), 'utf8').matchAll(/^(?:import .*?|\} )?from "([^."][^"]*)";$|\bimport\("([^."][^"]*)"/gm),
    ].map(([, plainly, later]) => (plainly ?? later)!))
    const packages = new Set(asked.filter((name) => !name.startsWith('node:')).map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]))
    expect([...packages].sort()).toEqual(Object.keys({ ...dependencies }).sort())
    expect(Object.keys({ ...optionalDependencies })).toEqual(['webgpu']) // asked for by a name in a variable
  })

  it('says under which licences its parts come', () => {
    const text = readFileSync(join(installed, 'dist/licences.txt'), 'utf8')
    for (const name of ['react', 'zod', 'pyodide', 'onnxruntime-web']) expect(text).toContain(`\n${name} `)
    expect(text).toContain('Permission is hereby granted')
  })

  it('has a command that says what it can do, and nothing of a source tree', () => {
    const { status, error } = run(process.execPath, [etude, 'start'])
    const [, offered = ''] = /^etude: there is no command start; choose one of (.+)\.\n$/.exec(error) ?? []
    expect(offered.split(', ')).toEqual(expect.arrayContaining(['train', 'verify', 'bench', 'reproduce', 'serve', 'tinker-check']))
    for (const name of ['start', 'test', 'build', 'docs', 'schema', 'fuzz']) expect(offered.split(', ')).not.toContain(name)
    expect(status).toBe(2)
  })
})

describe('the entries', () => {
  it('train with a grader of one’s own (examples/outside/train.mjs)', () => {
    const name = copied('train.mjs')
    expect(readFileSync(join(folder, name), 'utf8').split('\n').length).toBeLessThanOrEqual(21)
    const { status, out, error } = run(process.execPath, [name, '2'])
    expect(status, error).toBe(0)
    const steps = out.trim().split('\n').map((line) => line.split(' ').map(Number))
    expect(steps.map(([step]) => step)).toEqual([1, 2])
    for (const [, reward, brief] of steps) {
      expect(brief).toBeGreaterThan(0)
      expect(reward).toBeGreaterThanOrEqual(0.2 * brief! - 1e-9)
    }
  })

  it('grade with a program, in QuickJS', () => {
    const source = 'function grade(sample, item) { return item.n / 4 }'
    const script = `import { createGrader, nodeSandbox, setSandbox } from 'etude/graders'
setSandbox(nodeSandbox)
const grader = createGrader({ name: 'javascript', weight: 1, source: ${JSON.stringify(source)} })
console.log(await grader.grade({ text: 'x', answer: 'y', finish: 'stop', item: { n: 1 } }))
process.exit()`
    expect(run(process.execPath, ['--input-type=module', '--eval', script])).toMatchObject({ out: '0.25\n', status: 0 })
  })

  it('have types that a strict compiler of Node’s own kind of modules reads', () => {
    copyFileSync(join(ROOT, 'e2e/outside.types.ts'), join(folder, 'outside.mts'))
    const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', target: 'es2023', types: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['outside.mts'] }))
    const { status, out } = run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'])
    expect(out).toBe('')
    expect(status).toBe(0)
  })
})

describe('the command', () => {
  it('trains', () => {
    const { status, error } = run(process.execPath, [etude, 'train', '--device', 'node', '--spec', tiny(), '--out', 'first'])
    expect(status, error).toBe(0)
    const lines = readFileSync(join(folder, 'first/steps.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1])
    expect(readdirSync(join(folder, 'first/adapter'))).toContain('adapter_model.safetensors')
  })

  it('trains in a browser where it is told to, on the page that comes with it', () => {
    const { status, error } = run(process.execPath, [etude, 'train', '--device', 'browser', '--spec', tiny(), '--out', 'second'])
    expect(status, error).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'second/steps.jsonl'), 'utf8'))).toMatchObject({ step: 1, num_tokens: expect.any(Number) as number })
  })

  it('grades with a program in its box', () => {
    const source = 'def grade(sample, item):\n  return 0.25'
    writeFileSync(join(folder, 'quarter.json'), JSON.stringify({ type: 'python', name: 'quarter', source }))
    const { out } = run(process.execPath, [etude, 'grade', '--grader', 'quarter.json', '--sample', 'x', '--item', '{}', '--allow-python', '--json'])
    expect(JSON.parse(out)).toMatchObject({ reward: 0.25 })
  })

  it('proves the bundled model against ONNX Runtime, which comes with it', () => {
    const { status, out, error } = run(process.execPath, [etude, 'verify', '--model', 'ledger', '--tokens', '3,4,5,6,7,8', '--json', 'proof.json'])
    expect(status, out + error).toBe(0)
    expect(readFileSync(join(folder, 'proof.json'), 'utf8')).toContain('"reference": "ort"')
  })

  it('serves the page, which a script of ten lines benchmarks (examples/outside/benchmark.mjs)', async () => {
    const name = copied('benchmark.mjs')
    expect(readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(10)
    const server = spawn(process.execPath, [etude, 'serve', '--port', '0'], { cwd: folder, env })
    try {
      const address = await new Promise<string>((found, fail) => {
        let said = ''
        server.stdout.on('data', (text) => {
          const [, url] = /open (http:\S+)\/#token/.exec((said += String(text))) ?? []
          if (url) found(url)
        })
        server.stderr.on('data', (text) => (said += String(text)))
        server.on('exit', () => { fail(new Error(said)) })
      })
      const { status, out, error } = run(process.execPath, [name, address, tiny()])
      expect(status, error).toBe(0)
      expect(out).toMatch(/^1 steps, [1-9]\d* generated tokens a second, [\d.]+ s\n$/)
    } finally {
      server.kill()
    }
  })
})
