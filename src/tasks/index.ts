/** The table of tasks: add a task's file to this folder and its name here. */
import { aime2024 } from './aime2024'
import { chain } from './chain'
import { chains } from './chains'
import { choice } from './choice'
import { countdown } from './countdown'
import { data } from './data'
import { follow } from './follow'
import { gsm8k } from './gsm8k'
import { knights } from './knights'
import { knightsText } from './knights-text'
import { ledger } from './ledger'
import { math500 } from './math500'
import { messages } from './messages'
import { mathqa, mathqaNumeric } from './mathqa'
import { pointer } from './pointer'
import { sums } from './sums'
import { svamp } from './svamp'
import type { TaskKind } from './task'

export const tasks = {
  ledger,
  chain,
  countdown,
  gsm8k,
  svamp,
  math500,
  aime2024,
  mathqa,
  mathqa_numeric: mathqaNumeric,
  data,
  sums,
  follow,
  pointer,
  knights_text: knightsText,
  knights,
  chains,
  choice,
  messages,
} as const satisfies Record<string, TaskKind>

export type TaskName = keyof typeof tasks
