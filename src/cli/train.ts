/**
 * npm run train -- --spec FILE --out DIR [--device auto|browser|node]: the run of the page without a page. The same command goes on
 * where an earlier one stopped. Exit status 0 only when the run came to its end. With --dry-run in place of --out no model is
 * downloaded or run: it says what the run would generate and need, and shows the first rows of its data. --allow-python lets Python
 * graders run in Node, where they could read files; in a browser they cannot and need no leave. --job FILE in place of --spec takes a
 * reinforcement fine-tuning job of OpenAI as it is; --allow-network lets its graders ask a server. --record FILE (.json.gz) also makes a
 * recording, to be watched on the page without a GPU (docs/formats.md). --policy URL computes on a server of the Tinker wire, ours or
 * another (docs/remote.md); its key is in the address as #token=… or in ETUDE_POLICY_KEY.
 */
import type { Summary } from '../runs/run'
import { parseSpec, type RunSpec } from '../runs/spec'
import { asInput, BadInput, parseOptions, readInput } from './arguments'
import { chooseDevice } from './device'
import { openFolder } from './folder'
import { printForecast, printPreview } from './forecast-text'
import { graderTools } from './grader-tools'
import { readJob } from './import'
import { describeModel } from './model'
import { ProgressLine, clock } from './progress'
import { openPolicy, POLICY_OPTIONS } from './policy'
import { record } from './record'
import { startTape } from './tape'
import { trainInNode } from './trainer'

const USAGE =
  'npm run train -- (--spec FILE | --job FILE [--model ID] [--endpoint URL|loaded]) ' +
  '(--out DIR [--record FILE] [--device auto|browser|node] [--allow-python] [--allow-network] | --dry-run) ' +
  '[--policy URL [--policy-model NAME] [--policy-alpha N] [--place auto]]'
/** Why a run ended, where it was not its last step. */
const ENDS: Record<Summary['reason'], string> = {
  steps: '',
  tokens: ' (stop.tokens)',
  seconds: ' (stop.seconds)',
  patience: ' (stop.patience: no better evaluation)',
}

export async function train(args: string[]): Promise<number> {
  const options = parseOptions(args, ['spec', 'job', 'model', 'endpoint', 'out', 'device', 'record', ...POLICY_OPTIONS], [], USAGE, ['dry-run', 'allow-python', 'allow-network'])
  const { out } = options
  const dry = options['dry-run'] === true
  if (!out && !dry) throw new BadInput(`--out is missing; use ${USAGE}.`)
  const spec = await specOf(options)
  if (!out || dry) {
    console.log((await printForecast(spec)) + (await printPreview(spec)))
    return 0
  }
  const tools = graderTools({ network: options['allow-network'] === true, python: options['allow-python'] === true })
  const policy = await openPolicy(options, spec)
  const device = policy ? 'policy' : await chooseDevice(options.device)
  const { notices } = policy ?? (await describeModel(spec.model, spec.file))
  const folder = openFolder(out, spec)
  const tape = options.record === undefined ? undefined : startTape(options.record, spec, folder.step)
  const line = new ProgressLine(spec.steps, folder.step)
  for (const notice of notices) line.say(notice)
  if (folder.checkpoint) line.say(`going on after step ${folder.step} of ${spec.steps}`)

  let step = folder.step
  const interruption = interrupted()
  const start = policy?.start ?? (device === 'node' ? trainInNode : (await import('./browser')).trainInBrowser)
  const recording = await record(start, spec, folder, {
    opening: (words) => line.progress(words),
    opened(name) {
      line.say(`training on ${name}${policy ? '' : ` (${device})`}`)
      tape?.opened(name)
      line.begin()
    },
    report(report) {
      step = report.step
      line.report(report)
      tape?.report(report)
    },
    evaluation(evaluation) {
      line.evaluation(evaluation)
      tape?.evaluation(evaluation)
    },
    rewound: (_, __, why) => line.say(why),
  }, tools)
  try {
    const summary = await Promise.race([recording.done, interruption])
    if (summary === 'interrupted') {
      line.say('stopping after this step; once more Ctrl+C stops at once …')
      await recording.stop()
      if (tape) line.say(tape.write())
      line.say(`stopped after step ${step} of ${spec.steps}; the same command goes on from there.`)
      return 130
    }
    if (tape) line.say(tape.write())
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

/** The spec that --spec or --job names; of a job, what has no effect is said. */
async function specOf({ spec, job, model, endpoint }: Partial<Record<'spec' | 'job' | 'model' | 'endpoint', string>>): Promise<RunSpec> {
  if (job !== undefined && spec === undefined) {
    const imported = await readJob(job, { model, endpoint })
    for (const remark of imported.remarks) console.log(`note: ${remark}.`)
    return imported.spec
  }
  if (spec === undefined || job !== undefined) throw new BadInput(`one of --spec and --job must be there; use ${USAGE}.`)
  if (model ?? endpoint) throw new BadInput(`--model and --endpoint belong to --job; use ${USAGE}.`)
  const text = await readInput(spec, 'the run spec')
  return asInput(() => parseSpec(text), `${spec}: `)
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
