/** Programs in the published page: they grade a run, nothing of them is loaded before, and no request leaves their frame. */
import { expect, test } from '@playwright/test'
import { PATIENCE } from './page'

const SPEC = {
  steps: 2,
  evaluation: { problems: 8, every: 0 },
  algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 },
}
/** Never ends on texts with an odd last digit, and asks the network on the way. */
const JAVASCRIPT = `function grade(sample, item) {
  try { fetch("/javascript") } catch {}
  while (/[13579]$/.test(sample.output_text));
  return 0.5
}`
const PYTHON = `import re
def grade(sample, item):
    try:
        import js
        js.fetch("/python")
    except Exception: pass
    while re.search("[13579]$", sample["output_text"]): pass
    return len(re.findall("[0-9]", sample["output_text"])) / 100
`

test('a run is graded by programs, some of which never end, and goes on', async ({ page, baseURL }) => {
  test.setTimeout(3 * PATIENCE)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url().replace(baseURL!, '')))
  await page.goto('./')
  await page.evaluate(() => window.etude.ready)
  expect(asked.filter((url) => /sandbox|micropython|pyodide|python_stdlib|\.worker-/.test(url))).toEqual([])

  const graders = [
    { name: 'javascript', weight: 1, seconds: 0.5, source: JAVASCRIPT },
    { name: 'python', weight: 1, seconds: 1, source: PYTHON },
  ]
  const { summary, reports } = await page.evaluate(async (spec) => {
    await window.etude.start(spec)
    return { summary: await window.etude.done(), reports: window.etude.reports() }
  }, { ...SPEC, graders })
  expect(summary.steps).toBe(2)
  const completions = reports.flatMap(({ groups }) => groups.flatMap((group) => group.completions))
  const expected = completions.map(({ text }) => (/[13579]$/.test(text) ? 0 : 0.5))
  expect(completions.map(({ scores }) => scores.javascript)).toEqual(expected)
  expect(completions.map(({ scores }) => scores.python! > 0)).toEqual(expected.map((score) => score > 0))
  expect(new Set(expected)).toEqual(new Set([0, 0.5]))
  const endless = expected.filter((score) => score === 0).length
  for (const name of ['javascript', 'python'])
    expect(reports.reduce((sum, { metrics }) => sum + (metrics[`graders/${name}/timeout`] ?? 0), 0)).toBe(endless)
  expect(asked.filter((url) => /javascript$|python$/.test(url))).toEqual([])
  expect(asked.some((url) => url.includes('pyodide'))).toBe(true)
})
