/**
 * npm run train -- --spec FILE --out DIR [--device auto|browser|node]: the run of the page without a page. The same command goes on
 * where an earlier one stopped. Exit status 0 only when the run came to its end. With --dry-run in place of --out nothing is
 * downloaded or run: it says what the run would generate and need. --allow-python lets Python graders run in Node, where they could read
 * files; in a browser they cannot and need no leave.
 */
import { setSandbox } from '../graders/sandbox/session'
import type { Summary } from '../runs/run'
import { parseSpec } from '../runs/spec'
import { asInput, BadInput, parseOptions, readInput } from './arguments'
import { chooseDevice } from './device'
import { openFolder } from './folder'
import { printForecast } from './forecast-text'
import { describeModel } from './model'
import { ProgressLine, clock } from './progress'
import { record } from './record'
import { trainInNode } from './trainer'

const USAGE = 'npm run train -- --spec FILE (--out DIR [--device auto|browser|node] [--allow-python] | --dry-run)'
/** Why a run ended, where it was not its last step. */
const ENDS: Record<Summary['reason'], string> = {
  steps: '',
  tokens: ' (stop.tokens)',
  seconds: ' (stop.seconds)',
  patience: ' (stop.patience: no better evaluation)',
}

export async function train(args: string[]): Promise<number> {
  const options = parseOptions(args, ['spec', 'out', 'device'], ['spec'], USAGE, ['dry-run', 'allow-python'])
  const { out } = options
  const dry = options['dry-run'] === true
  if (!out && !dry) throw new BadInput(`--out is missing; use ${USAGE}.`)
  const text = await readInput(options.spec, 'the run spec')
  const spec = await asInput(() => parseSpec(text), `${options.spec}: `)
  if (!out || dry) {
    console.log(await printForecast(spec))
    return 0
  }
  if (options['allow-python']) setSandbox(async () => (await import('../graders/sandbox/node')).nodeSandbox({ allowPython: true }))
  const device = await chooseDevice(options.device)
  const { notices } = await describeModel(spec.model, spec.file)
  const folder = openFolder(out, spec)
  const line = new ProgressLine(spec.steps, folder.step)
  for (const notice of notices) line.say(notice)
  if (folder.checkpoint) line.say(`going on after step ${folder.step} of ${spec.steps}`)

  let step = folder.step
  const interruption = interrupted()
  const start = device === 'node' ? trainInNode : (await import('./browser')).trainInBrowser
  const recording = await record(start, spec, folder, {
    opening: (words) => line.progress(words),
    opened(name) {
      line.say(`training on ${name} (${device})`)
      line.begin()
    },
    report(report) {
      step = report.step
      line.report(report)
    },
    evaluation: (evaluation) => line.evaluation(evaluation),
  })
  try {
    const summary = await Promise.race([recording.done, interruption])
    if (summary === 'interrupted') {
      line.say('stopping after this step; once more Ctrl+C stops at once …')
      await recording.stop()
      line.say(`stopped after step ${step} of ${spec.steps}; the same command goes on from there.`)
      return 130
    }
    const last = summary.evaluations.at(-1)
    line.say(
      `${summary.steps} steps, ${summary.tokens} generated tokens in ${clock(summary.seconds)}${ENDS[summary.reason]}` +
        (last ? `; held-out accuracy ${last.accuracy.toFixed(3)}` : '') + `; everything is in ${out}`,
    )
    return 0
  } finally {
    line.clear()
    await recording.close()
  }
}

/** Resolves at the first Ctrl+C (or SIGTERM). A second one ends the process, but for those that come along with the first. */
function interrupted(): Promise<'interrupted'> {
  return new Promise((stop) => {
    let first: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.on(signal, () => {
        if (first !== undefined && performance.now() - first > 1000) process.exit(130)
        first ??= performance.now()
        stop('interrupted')
      })
    }
  })
}
