/** The table of algorithms: add an algorithm's file to this folder and its name here. */
import type { Algorithm } from './algorithm'
import { grpo } from './grpo'
import { motif } from './motif'
import { ppo } from './ppo'
import { reft } from './reft'
import { reward_model } from './reward-model'
import { rloo } from './rloo'
import { self_training } from './self-training'
import { sft } from './sft'

export const algorithms = { grpo, motif, ppo, reft, reward_model, rloo, self_training, sft } as const satisfies Record<string, Algorithm>

export type AlgorithmName = keyof typeof algorithms
