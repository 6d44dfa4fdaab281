/** `window.etude`: the README's ten lines as they stand there, and going on from a checkpoint. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import type { Summary } from '../src/runs/run'
import { findChromium } from '../bin/chromium.mjs'
import { PATIENCE } from './page'

const EXAMPLE = resolve(import.meta.dirname, 'readme-example.mjs')
const QUICK = {
  steps: 2,
  evaluation: { problems: 8, every: 0 },
  algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 },
}

test('the ten lines of the README run a spec and print its summary', async ({ baseURL }) => {
  test.setTimeout(2 * PATIENCE)
  const folder = await mkdtemp(join(tmpdir(), 'etude-'))
  try {
    const file = join(folder, 'spec.json')
    await writeFile(file, JSON.stringify(QUICK))
    const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE, baseURL!, file], {
      env: { ...process.env, ETUDE_CHROMIUM: findChromium() },
      timeout: 2 * PATIENCE,
    })
    const summary = JSON.parse(stdout) as Summary
    expect(summary.steps).toBe(2)
    expect(summary.tokens).toBeGreaterThan(0)
    expect(summary.evaluations.map(({ step }) => step)).toEqual([0, 2])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the README shows these very lines', async () => {
  const readme = resolve(import.meta.dirname, '../README.md')
  expect(await readFile(readme, 'utf8')).toContain(await readFile(EXAMPLE, 'utf8'))
})

test('a checkpoint goes on where it was taken, with the same steps as the unbroken run', async ({ page }) => {
  test.setTimeout(3 * PATIENCE)
  await page.goto('./')
  const spec = { ...QUICK, steps: 3, evaluation: { problems: 0 } }
  const unbroken = await page.evaluate(async (spec) => {
    await window.etude.start(spec)
    await window.etude.done()
    return window.etude.reports()
  }, spec)
  const resumed = await page.evaluate(async (spec) => {
    await window.etude.start(spec)
    while (window.etude.reports().length === 0) await new Promise((wake) => setTimeout(wake, 20))
    await window.etude.pause()
    const made = window.etude.reports().length
    await window.etude.resume(await window.etude.checkpoint())
    await window.etude.done()
    return { made, reports: window.etude.reports() }
  }, spec)
  expect(unbroken).toHaveLength(3)
  const rest = resumed.reports.filter(({ step }) => step > resumed.made)
  expect(rest.length).toBe(3 - resumed.made)
  const timeless = (reports: typeof unbroken): unknown =>
    reports.map(({ step, metrics, groups }) => ({ step, groups, metrics: { ...metrics, step_time: 0 } }))
  expect(timeless(rest)).toEqual(timeless(unbroken.slice(resumed.made)))
})

test('a wrong spec is refused with a sentence that names the setting', async ({ page }) => {
  await page.goto('./')
  const refusal = await page.evaluate(() => window.etude.start({ adapter: { rank: -1 } })
      .then(() => 'accepted', (error: Error) => error.message))
  expect(refusal).toContain('rank')
  expect(refusal).toContain('-1')
})
