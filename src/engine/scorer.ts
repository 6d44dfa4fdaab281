/**
 * Log-probs, entropies and values of given completions, and the way back from their slopes to the gradients. Rows with the same prompt
 * share its tokens, forward and backward.
 *
 * What is guaranteed, to the bit: a row's numbers do not depend on the other rows; gradients do not depend on the budget, which says
 * how many rows are computed at once. For that, completions add to the gradients one by one in the order of units (prompts in the
 * order of their first rows) and prompts, one by one, to a sum of their own, which is added at the end; a prompt's keys and values get
 * their gradients completion by completion. Only a single row that does not fit goes over the budget.
 */
import type { Gpu } from '../gpu/gpu'
import type { Tensor } from '../gpu/tensor'
import { zero } from '../gpu/zero'
import { add } from '../kernels/residual'
import type { Decoder } from '../models/decoder'
import type { Batch, Forward, PerToken, Row, Slope } from '../policy/policy'
import type { LoraParameters } from './lora'
import { activationBytes, recomputedBytes } from './memory'
import { leastTokens, partsOf, unitsOf, type Part, type Unit } from './pack'
import { readCompletions, readPrompts, type Manner, type Pass } from './pass'

interface Split {
  parts: Part[]
  /** Whether each layer is computed again in the backward. */
  recompute: boolean
}

interface Pending {
  id: number
  batch: Batch
  /** The passes of the one piece whose tape was kept, prompts last; several are computed again in the backward. */
  kept: Pass[]
}

export class Scorer {
  private pending: Pending | undefined
  private calls = 0
  /** Gradients that come from prompts, while a backward runs; laid out as the others. */
  private readonly fromPrompts: Tensor

  constructor(
    private readonly gpu: Gpu,
    private readonly model: Decoder,
    private readonly lora: LoraParameters,
    /** Bytes that the activations of one micro-batch may take. */
    private readonly budget: number,
  ) {
    this.fromPrompts = gpu.hold([lora.gradients.size])
  }

  async logprobs({ rows, temperature }: Batch, adapter: string): Promise<PerToken> {
    const manner = { temperature, lora: this.lora.pairs(adapter) }
    const found = empty(rows, false)
    for (const part of this.split(rows, false, false).parts) await this.read(part, manner, manner, found)
    return found.logprob
  }

  async forward(batch: Batch): Promise<Forward> {
    this.forget()
    const { rows, temperature } = batch
    const valued = this.lora.headStart !== undefined
    const { parts, recompute } = this.split(rows, true, valued)
    const found = empty(rows, valued)
    const keep = parts.length === 1 && parts[0]!.pieces.length === 1
    const kept: Pass[] = []
    const learning = keep ? { recompute } : undefined
    const [first, rest] = [this.manner(temperature, 'prompts', valued, learning), this.manner(temperature, 'completions', valued, learning)]
    for (const part of parts) kept.push(...(await this.read(part, first, rest, found, keep)))
    this.pending = { id: ++this.calls, batch, kept }
    return { id: this.calls, ...found }
  }

  /** Forward through a part; the passes are given back unless `keep` asks for them. */
  private async read({ units, pieces }: Part, first: Manner, rest: Manner, found: Omit<Forward, 'id'>, keep = false): Promise<Pass[]> {
    const { gpu, model } = this
    const { pass, keys } = readPrompts(gpu, model, units, first)
    const passes: Pass[] = []
    for (const piece of pieces) {
      const own = readCompletions(gpu, model, piece, keys, rest)
      await own?.read(found)
      if (own && keep) passes.push(own)
      else own?.free()
    }
    await pass.read(found)
    if (keep) return [...passes, pass]
    pass.free()
    return []
  }

  async backward(id: number, slope: Slope): Promise<void> {
    const { pending, gpu, model } = this
    if (pending?.id !== id) throw new Error(`backward(${id}) does not belong to the last forward: call forward first, and backward once`)
    const { batch, kept } = pending
    const { rows, temperature } = batch
    const valued = this.checkSlope(rows, slope)
    const live = rows.map((_, b) => [slope.logprob, slope.entropy, slope.value].some((part) => part?.[b]!.some((x) => x !== 0)))
    this.pending = undefined
    zero(gpu, this.fromPrompts)
    if (kept.length > 0 && 2 * live.filter(Boolean).length > rows.length) {
      for (const pass of kept) pass.backward(slope)
    } else {
      // rows without a slope add nothing: where the tape is mostly theirs, or there is none, the others are computed again
      for (const pass of kept) pass.free()
      const { parts, recompute } = this.split(rows, true, valued, live)
      const [first, rest] = (['prompts', 'completions'] as const).map((whose) => this.manner(temperature, whose, valued, { recompute }))
      for (const { units, pieces } of parts) {
        const prompts = readPrompts(gpu, model, units, first!)
        for (const piece of pieces) readCompletions(gpu, model, piece, prompts.keys, rest!)?.backward(slope)
        prompts.pass.backward(slope)
      }
    }
    add(gpu, this.fromPrompts, this.lora.gradients)
    await gpu.settle()
  }

  /** Gives back what an unused forward holds. */
  forget(): void {
    for (const pass of this.pending?.kept ?? []) pass.free()
    this.pending = undefined
  }

  private manner(temperature: number, whose: 'prompts' | 'completions', valued: boolean, learning?: { recompute: boolean }): Manner {
    const lora = this.lora.pairs('current', learning !== undefined)
    const head = valued ? this.lora.head(learning !== undefined) : undefined
    if (!learning || whose === 'completions') return { temperature, learning, lora, head }
    const { buffer } = this.fromPrompts
    const apart = <G extends Record<string, Tensor>>(gradients: G) =>
      Object.fromEntries(Object.entries(gradients).map(([name, tensor]) => [name, { ...tensor, buffer }])) as G
    return {
      temperature,
      learning,
      lora: (layer, target) => {
        const pair = lora(layer, target)
        return pair?.gradients ? { ...pair, gradients: apart(pair.gradients) } : pair
      },
      head: head?.gradients ? { ...head, gradients: apart(head.gradients) } : head,
    }
  }

  /**
   * Parts whose activations fit into the budget, of the `live` rows. Where a prompt with one completion does not fit, all layers are
   * computed again in the backward, which keeps little enough of each token for more rows at once.
   */
  private split(rows: readonly Row[], differentiate: boolean, ends: boolean, live?: readonly boolean[]): Split {
    rows.forEach((row, b) => {
      if (row.prompt.length === 0) throw new Error(`Row ${b} has an empty prompt: a completion needs at least one token before it`)
    })
    const { config } = this.model
    const tokens = (bytes: number) => Math.max(1, Math.floor(this.budget / bytes))
    const wanted = ({ index, completion }: Unit['rows'][number]) => (ends || completion.length > 0) && live?.[index] !== false
    const units = unitsOf(rows)
      .map((unit) => ({ ...unit, rows: unit.rows.filter(wanted) }))
      .filter((unit) => unit.rows.length > 0)
    const whole = tokens(activationBytes(config, this.lora.shape, differentiate))
    const fits = units.every((unit) => leastTokens(unit, ends) <= whole)
    if (!differentiate || fits) return { parts: partsOf(units, whole, ends), recompute: false }
    return { parts: partsOf(units, tokens(recomputedBytes(config, this.lora.shape)), ends), recompute: true }
  }

  /** Whether there are slopes of values. */
  private checkSlope(rows: readonly Row[], { logprob, entropy, value }: Slope): boolean {
    if (value && this.lora.headStart === undefined) {
      throw new Error('There is a slope of values, but the policy was opened without a value head')
    }
    rows.forEach(({ completion: { length } }, b) => {
      if (logprob[b]?.length !== length || (entropy && entropy[b]?.length !== length))
        throw new Error(`The slope of row ${b} has ${logprob[b]?.length ?? 0} numbers, but its completion ${length} tokens`)
      if (value && value[b]?.length !== length + 1)
        throw new Error(`The slope of row ${b} has ${value[b]?.length ?? 0} values, and should have one more than its ${length} tokens`)
    })
    return value !== undefined
  }
}

/** What a forward gives, still without numbers: [B][T_b], values [B][T_b + 1]. */
function empty(rows: readonly Row[], valued: boolean): Omit<Forward, 'id'> {
  const numbers = (more: number) => rows.map(({ completion }) => Array.from({ length: completion.length + more }, () => 0))
  return { logprob: numbers(0), entropy: numbers(0), ...(valued && { value: numbers(1) }) }
}
