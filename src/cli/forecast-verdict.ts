/** Whether the run of a spec fits a device, by its forecast and by those of runs with less. */
import { activationBytes, ADAPTERS } from '../engine/memory'
import { loraShape } from '../engine/lora-shape'
import { nodeGpu } from '../gpu/node'
import { profile } from '../gpu/open'
import type { ModelShape } from '../hub/catalog'
import { linearSizes } from '../models/decoder'
import { FOUR_BITS, judge, largestOf, type Candidate, type Change, type Limits, type Verdict } from '../policy/verdict'
import type { RunSpec } from '../runs/spec'
import { BUDGET, COMMON, forecast } from './forecast'

/** The adapter that this computer would use, by its name; where it has none, a common card. */
export async function limitsHere(): Promise<{ name: string; limits: Limits }> {
  const adapter = await (await nodeGpu())?.requestAdapter()
  if (!adapter) return { name: 'a common graphics card', limits: COMMON }
  const { name, limits } = profile(adapter)
  return { name, limits }
}

/** `weights`: bytes on the device; f32 when left out. `prompt`: tokens of the longest question, where that is known. */
export function verdictOf(spec: RunSpec, model: ModelShape, limits: Limits, weights?: number, prompt?: number): Verdict {
  const now = forecast(spec, model, weights, prompt)
  const { parameters } = now
  const held = weights ?? 4 * parameters
  const largest = Math.max(...Object.values(linearSizes(model)).map(([input, output]) => input * output))
  const lengthOf = ({ step }: { step: { rowTokens: number; rows: number } }) => Math.ceil(step.rowTokens / step.rows)
  const candidate = (change: Change): Candidate => {
    const changed = withChange(spec, change)
    const found = forecast(changed, change.tokens ? { ...model, contextLength: change.tokens } : model, undefined, prompt)
    const bytes = change.bits ? Math.min(held, FOUR_BITS * parameters) : held
    const parts = found.memory.parts.map((part, i) => (i === 0 ? { ...part, bytes } : part))
    return {
      parts,
      total: parts.reduce((sum, part) => sum + part.bytes, 0),
      recomputed: lengthOf(found) * activationBytes(model, loraShape(changed.adapter), true) > BUDGET,
      largest: largestOf(parts[1]!.bytes / ADAPTERS, (bytes / parameters) * largest),
    }
  }
  return judge(limits, { tokens: lengthOf(now), rows: now.step.rows, rank: spec.adapter.rank }, candidate)
}

function withChange(spec: RunSpec, { rows, rank }: Change): RunSpec {
  const { adapter, algorithm } = spec
  const fewer = rows === undefined ? {} : 'num_generations' in algorithm ? { questions: 1, num_generations: rows } : { questions: rows }
  return {
    ...spec,
    adapter: rank === undefined ? adapter : { ...adapter, rank, alpha: (adapter.alpha / adapter.rank) * rank },
    algorithm: { ...algorithm, ...fewer },
  }
}
