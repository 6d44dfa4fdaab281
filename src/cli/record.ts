/** Plays a run into its folder: lines as they come, a checkpoint every few seconds, and at the end the summary and the adapter. */
import type { GraderTools } from '../graders/grader'
import type { Summary } from '../runs/run'
import type { RunSpec } from '../runs/spec'
import type { RunFolder } from './folder'
import type { Trainer, TrainerListeners, TrainerOptions } from './trainer'

const CHECKPOINT_EVERY = 5

export interface Recording {
  /** Settles when the run has ended and its folder is complete; rejects when it failed. */
  done: Promise<Summary>
  /** Stops after the step in progress, with a checkpoint. */
  stop(): Promise<void>
  close(): Promise<void>
}

type Start = (options: TrainerOptions) => Promise<Trainer>

/** @param every seconds between two checkpoints on disk */
export async function record(
  start: Start, spec: RunSpec, folder: RunFolder, listeners: TrainerListeners, tools?: GraderTools, every = CHECKPOINT_EVERY,
): Promise<Recording> {
  let opened = false
  let savedAt = performance.now()
  let saving = Promise.resolve()
  const save = async () => folder.saveCheckpoint(await trainer.checkpoint())
  const trainer = await start({
    spec,
    resume: folder.checkpoint,
    tools,
    listeners: {
      opening: (words) => listeners.opening?.(words),
      opened(name) {
        opened = true
        listeners.opened(name)
      },
      report(report) {
        folder.report(report)
        listeners.report(report)
        if (performance.now() - savedAt < every * 1000) return
        savedAt = performance.now()
        saving = saving.then(save)
        saving.catch(() => undefined) // heard of at the end
      },
      evaluation(evaluation) {
        folder.evaluation(evaluation)
        listeners.evaluation(evaluation)
      },
      rewound(step, evaluations, why) {
        folder.rewind(step, evaluations)
        listeners.rewound?.(step, evaluations, why)
      },
    },
  })
  const settle = async () => {
    await saving
    if (opened) await save()
  }
  const done = trainer.done.then(async (summary) => {
    await settle()
    folder.finish(summary, await trainer.exportAdapter())
    return summary
  })
  done.catch(() => undefined) // who stops the run does not wait for its end
  return {
    done,
    async stop() {
      await trainer.pause()
      await settle()
    },
    close: () => trainer.close(),
  }
}
