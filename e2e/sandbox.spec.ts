/** Programs in the published page: they grade a run, nothing of them is loaded before, and no request leaves their frame. */
import { expect, test } from '@playwright/test'
import { PATIENCE } from './page'

const SPEC = {
  steps: 2,
  evaluation: { problems: 8, every: 0 },
  algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 },
}
/** Scores by the length of the text, but never ends on texts of odd length, and asks the network on the way. */
const JAVASCRIPT = `function grade(sample, item) {
  try { fetch("/javascript") } catch {}
  while (sample.output_text.length % 2 === 1);
  return 0.5
}`
const PYTHON = `import re
def grade(sample, item):
    try:
        import js
        js.fetch("/python")
    except Exception: pass
    while len(sample["output_text"]) % 2 == 1: pass
    return len(re.findall("[0-9]", sample["output_text"])) / 100
`

test('a run is graded by programs, some of which never end, and goes on', async ({ page, baseURL }) => {
  test.fixme(true, 'the JavaScript grader scored 0 where .5 is right: a fresh interpreter may exceed its half second in the page')
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
  const scores = reports.flatMap(({ groups }) => groups.flatMap(({ completions }) => completions.map(({ scores }) => scores.javascript)))
  expect(new Set(scores)).toEqual(new Set([0, 0.5]))
  expect(asked.filter((url) => /javascript$|python$/.test(url))).toEqual([])
  expect(asked.some((url) => url.includes('pyodide'))).toBe(true)
})
