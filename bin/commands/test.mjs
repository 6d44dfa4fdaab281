// npm test: types, lint, unit tests (Node, and the kernels in Chromium too), journeys in a real browser, the package. Every part runs, even
// when one before it failed. The last line is `N passed, N failed, N skipped`; types and lint count as one each.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureChromium } from '../chromium.mjs'
import { ROOT } from '../prepare.mjs'

const OUT = join(ROOT, 'out/test')
const LIMIT = 25 * 60_000 // of one part

const report = (part) => join(OUT, `${part}.json`)

const PARTS = {
  types: { run: () => tool('typescript/bin/tsc', ['--noEmit', '-p', '.']), count: countOne },
  lint: { run: () => tool('eslint/bin/eslint.js', ['.']), count: countOne },
  unit: {
    run: () => vitest('unit'),
    count: () => countVitest('unit'),
  },
  e2e: {
    run: () => tool('@playwright/test/cli.js', ['test', '--reporter=list,json'], { PLAYWRIGHT_JSON_OUTPUT_NAME: report('e2e') }),
    count: countPlaywright,
  },
  package: {
    run: () => vitest('package', '--config=e2e/outside.config.ts'),
    count: () => countVitest('package'),
  },
}

export async function main(_command, args) {
  const unknown = args.find((name) => !(name in PARTS))
  if (unknown) {
    const known = Object.keys(PARTS).join(', ')
    throw Object.assign(new Error(`there is no part ${unknown}; choose of ${known}.`), { exitStatus: 2 })
  }
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT, { recursive: true })
  const chosen = Object.keys(PARTS).filter((name) => args.length === 0 || args.includes(name))
  if (chosen.some((name) => ['unit', 'e2e', 'package'].includes(name))) process.env.ETUDE_CHROMIUM = ensureChromium()

  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const name of chosen) {
    console.log(`\n── ${name}`)
    const start = performance.now()
    const status = await PARTS[name].run()
    const counts = PARTS[name].count(status)
    if (status !== 0 && counts.failed === 0) counts.failed = 1
    for (const key of Object.keys(total)) total[key] += counts[key]
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`── ${name}: ${line(counts)} in ${seconds} s`)
  }
  console.log(`\n${line(total)}`)
  return total.failed === 0 ? 0 : 1
}

const line = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`

function tool(path, args, env = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', path), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  const limit = setTimeout(() => {
    console.error(`${path} has run for ${LIMIT / 60_000} minutes and is stopped.`)
    child.kill('SIGKILL')
  }, LIMIT)
  return new Promise((done) => {
    child.on('error', (error) => {
      console.error(`${path} cannot be started: ${error.message}`)
      done(1)
    })
    child.on('exit', (status) => {
      clearTimeout(limit)
      done(status ?? 1)
    })
  })
}

function vitest(part, ...more) {
  return tool('vitest/vitest.mjs', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report(part)}`, ...more])
}

function countOne(status) {
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 }
}

function countVitest(part) {
  const result = readReport(part)
  if (!result) return { passed: 0, failed: 1, skipped: 0 }
  // A file that cannot be loaded has no tests to fail: it counts as one.
  const failed = result.testResults.filter((file) => file.status === 'failed')
  const broken = failed.filter((file) => !file.assertionResults.some((test) => test.status === 'failed'))
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken.length,
    skipped: result.numPendingTests + result.numTodoTests,
  }
}

function countPlaywright() {
  const result = readReport('e2e')
  if (!result) return { passed: 0, failed: 1, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = result.stats
  return { passed: expected, failed: unexpected + flaky, skipped }
}

function readReport(part) {
  try {
    return JSON.parse(readFileSync(report(part), 'utf8'))
  } catch {
    return undefined
  }
}
