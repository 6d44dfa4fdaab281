/** The table of tasks: add a task's file to this folder and its name here. */
import { aime2024 } from './aime2024'
import { chain } from './chain'
import { chains } from './chains'
import { choice } from './choice'
import { countdown } from './countdown'
import { gsm8k } from './gsm8k'
import { knights } from './knights'
import { ledger } from './ledger'
import { math500 } from './math500'
import { sums } from './sums'
import type { TaskKind } from './task'

export const tasks = { ledger, chain, countdown, gsm8k, math500, aime2024, sums, knights, chains, choice } as const satisfies Record<string, TaskKind>

export type TaskName = keyof typeof tasks
