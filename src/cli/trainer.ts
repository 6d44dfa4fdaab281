/** A run as the command drives it, wherever it computes. */
import { describeDevice, type Host } from '../policy/host'
import type { GraderTools } from '../graders/grader'
import type { Evaluation, StepReport } from '../rl/report'
import type { Summary } from '../runs/run'
import type { RunSpec } from '../runs/spec'
import { createSteadyRun } from '../runs/steady-run'
import { PUBLIC } from './model'
import { progressWords } from './progress'

export interface Trainer {
  /** Settles when all steps are made; rejects when the run failed. */
  readonly done: Promise<Summary>
  /** Resolves when the step in progress has ended. */
  pause(): Promise<void>
  checkpoint(): Promise<Uint8Array>
  exportAdapter(): Promise<Record<string, Uint8Array>>
  close(): Promise<void>
}

export interface TrainerListeners {
  /** What is done before the first step, in words that change. */
  opening?(words: string): void
  /** The device's own name, and whether it is a software adapter. */
  opened(device: string): void
  report(report: StepReport): void
  evaluation(evaluation: Evaluation): void
  /** The device was lost: the run goes on after this step with these evaluations, and tells of later ones again. */
  rewound?(step: number, evaluations: readonly Evaluation[], why: string): void
}

export interface TrainerOptions {
  spec: RunSpec
  resume?: Uint8Array | undefined
  /** What graders may use besides the loaded model. */
  tools?: GraderTools | undefined
  listeners: TrainerListeners
}

/** In this process, on Dawn. */
export async function trainInNode(options: TrainerOptions): Promise<Trainer> {
  const { openNodeHost } = await import('../workers/node')
  return trainOn(await openNodeHost({ modelRoot: PUBLIC }), options)
}

/** In this process, with a host's policy; the host is closed with it. */
export function trainOn(host: Host, { spec, resume, listeners, tools }: TrainerOptions): Trainer {
  const run = createSteadyRun(
    spec,
    host,
    {
      progress: (progress) => listeners.opening?.(progressWords(progress)),
      opened: ({ device }) => listeners.opened(describeDevice(device)),
      report: (report) => listeners.report(report),
      evaluation: (evaluation) => listeners.evaluation(evaluation),
      rewound: (step, evaluations, why) => listeners.rewound?.(step, evaluations, why),
    },
    resume,
    tools,
  )
  run.play()
  return {
    done: run.done,
    pause: () => run.pause(),
    checkpoint: () => run.checkpoint(),
    exportAdapter: () => run.exportAdapter(),
    async close() {
      await run.close()
      await host.close()
    },
  }
}
