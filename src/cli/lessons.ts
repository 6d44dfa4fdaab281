/**
 * npm run lessons -- [--only 05-silent-groups,…] [--device auto|browser|node] [--json FILE]: plays the runs of the page's lessons to their
 * ends and says of each whether what it promises did happen. Exit status 1 when something did not.
 */
import { writeFileSync } from 'node:fs'
import type { Evaluation, StepReport } from '../rl/report'
import { happened, type Told, type Verdict } from '../runs/lessons/happened'
import { lessons } from '../runs/lessons/index'
import type { Lesson } from '../runs/lessons/lesson'
import { parseSpec } from '../runs/spec'
import { asInput, BadInput, parseOptions } from './arguments'
import { chooseDevice } from './device'
import { clock } from './progress'
import { trainInNode, type Trainer } from './trainer'

const USAGE = 'npm run lessons -- [--only NAMES] [--device auto|browser|node] [--json FILE]'

export async function lessonsCommand(args: string[]): Promise<number> {
  const options = parseOptions(args, ['only', 'device', 'json'], [], USAGE)
  const wanted = options.only?.split(',').map((name) => name.trim())
  const unknown = wanted?.find((name) => !lessons.some(({ id }) => id === name))
  if (unknown !== undefined) throw new BadInput(`--only names “${unknown}”; there are ${lessons.map(({ id }) => id).join(', ')}.`)
  const device = await chooseDevice(options.device)
  const start = device === 'node' ? trainInNode : (await import('./browser')).trainInBrowser
  const table: { lesson: string; seconds: number; verdicts: Verdict[] }[] = []
  for (const lesson of lessons.filter(({ id }) => !wanted || wanted.includes(id))) {
    const since = performance.now()
    const verdicts = happened(lesson, await playAll(lesson, start))
    const seconds = (performance.now() - since) / 1000
    console.log(`${lesson.id} (${clock(seconds)})`)
    for (const { happened, says, seen, against } of verdicts) console.log(`  ${happened ? '✓' : '✗'} ${says}: ${written(seen)} against ${written(against)}`)
    table.push({ lesson: lesson.id, seconds, verdicts })
  }
  if (options.json) await asInput(() => writeFileSync(options.json!, JSON.stringify(table, null, 1) + '\n'))
  const failed = table.flatMap(({ verdicts }) => verdicts).filter(({ happened }) => !happened).length
  console.log(failed === 0 ? `${table.length} lessons showed what they say.` : `${failed} things that a lesson says did not happen.`)
  return failed === 0 ? 0 : 1
}

async function playAll({ runs }: Lesson, start: (options: Parameters<typeof trainInNode>[0]) => Promise<Trainer>): Promise<Map<string, Told>> {
  const told = new Map<string, Told>()
  for (const { name, spec } of runs) {
    const reports: StepReport[] = []
    const evaluations: Evaluation[] = []
    const listeners = { opened: () => undefined, report: (report: StepReport) => void reports.push(report), evaluation: (one: Evaluation) => void evaluations.push(one) }
    const trainer = await start({ spec: parseSpec(spec), listeners })
    try {
      await trainer.done
    } finally {
      await trainer.close()
    }
    told.set(name, { reports, evaluations })
  }
  return told
}

const written = (value: number): string => String(Number(value.toPrecision(3)))
