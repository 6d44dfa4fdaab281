/** The table of tasks: add a task's file to this folder and its name here. */
import { chain } from './chain'
import { ledger } from './ledger'
import type { TaskKind } from './task'

export const tasks = { ledger, chain } as const satisfies Record<string, TaskKind>

export type TaskName = keyof typeof tasks
