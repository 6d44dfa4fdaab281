/**
 * npm run train -- --spec FILE --out DIR [--device auto|browser|node]: the run of the page without a page. The same command goes on
 * where an earlier one stopped. Exit status 0 only when all steps were made.
 */
import { parseSpec } from '../runs/spec'
import { asInput, parseOptions, readInput } from './arguments'
import { chooseDevice } from './device'
import { openFolder } from './folder'
import { describeModel } from './model'
import { ProgressLine, clock } from './progress'
import { trainInNode, type TrainerOptions } from './trainer'

const USAGE = 'npm run train -- --spec FILE --out DIR [--device auto|browser|node]'
/** Seconds between two checkpoints on disk. */
const CHECKPOINT_EVERY = 5

export async function train(args: string[]): Promise<number> {
  const options = parseOptions(args, ['spec', 'out', 'device'], ['spec', 'out'], USAGE)
  const text = await readInput(options.spec, 'the run spec')
  const spec = await asInput(() => parseSpec(text), `${options.spec}: `)
  const device = await chooseDevice(options.device)
  const { warnings } = await describeModel(spec.model)
  const folder = openFolder(options.out, spec)
  const line = new ProgressLine(spec.steps, folder.step)
  for (const warning of warnings) line.say(warning)
  if (folder.checkpoint) line.say(`going on after step ${folder.step} of ${spec.steps}`)

  let step = folder.step
  let opened = false
  let savedAt = performance.now()
  let saving = Promise.resolve()
  const save = async () => folder.saveCheckpoint(await trainer.checkpoint())
  const listeners: TrainerOptions['listeners'] = {
    opened(name) {
      opened = true
      line.say(`training on ${name} (${device})`)
      line.begin()
    },
    report(report) {
      step = report.step
      folder.report(report)
      line.report(report)
      if (performance.now() - savedAt < CHECKPOINT_EVERY * 1000) return
      savedAt = performance.now()
      saving = saving.then(save)
      saving.catch(() => undefined) // heard of at the end
    },
    evaluation(evaluation) {
      folder.evaluation(evaluation)
      line.evaluation(evaluation)
    },
  }
  const interruption = interrupted()
  const start = device === 'node' ? trainInNode : (await import('./browser')).trainInBrowser
  const trainer = await start({ spec, resume: folder.checkpoint, listeners })
  try {
    const summary = await Promise.race([trainer.done, interruption])
    if (summary === 'interrupted') {
      line.say('stopping after this step; once more Ctrl+C stops at once …')
      await trainer.pause()
    }
    await saving
    if (opened) await save()
    if (summary === 'interrupted') {
      line.say(`stopped after step ${step} of ${spec.steps}; the same command goes on from there.`)
      return 130
    }
    folder.finish(summary, await trainer.exportAdapter())
    const last = summary.evaluations.at(-1)
    line.say(
      `${summary.steps} steps, ${summary.tokens} generated tokens in ${clock(summary.seconds)}` +
        (last ? `; held-out accuracy ${last.accuracy.toFixed(3)}` : '') + `; everything is in ${options.out}`,
    )
    return 0
  } finally {
    line.clear()
    await trainer.close()
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
