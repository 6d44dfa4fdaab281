/**
 * A batch and its slopes as rows of the wire. Elsewhere: position i of the input predicts target i, weights and advantages are zero on
 * the prompt. On our own server: the whole sequence, with the completion as the targets (docs/remote.md).
 */
import type { Batch, PerToken, Row, Slope } from '../policy'
import type { Call, Numbers, WireRow } from './codec'
import type { EngineProfile } from './profile'

const float = (values: number[]): Numbers => ({ dtype: 'float32', values })
const long = (values: number[]): Numbers => ({ dtype: 'int64', values })
const padded = ({ prompt }: Row, values: number[]): number[] => [...new Array<number>(prompt.length - 1).fill(0), ...values]

/** A row of the usual form, with numbers for completion tokens that are zero on the prompt's. */
export function shifted(row: Row, inputs: Record<string, number[]> = {}): WireRow {
  const all = [...row.prompt, ...row.completion]
  const numbers = Object.entries(inputs).map(([name, values]) => [name, float(padded(row, values))] as const)
  return { tokens: all.slice(0, -1), inputs: { target_tokens: long(all.slice(1)), ...Object.fromEntries(numbers) } }
}

/** A row for our own server. */
export function own({ prompt, completion }: Row, slope: Partial<Record<'logprob' | 'entropy' | 'value', number[]>> = {}): WireRow {
  const slopes = Object.entries(slope).map(([name, values]) => [`${name}_slope`, float(values)] as const)
  return { tokens: [...prompt, ...completion], inputs: { target_tokens: long(completion), ...Object.fromEntries(slopes) } }
}

/** What makes the server add the gradients of this slope. `rows` is how many rows the whole step has. */
export function backwardRows(profile: EngineProfile, batch: Batch, slope: Slope, logprob: PerToken, rows: number): Pick<Call, 'rows' | 'loss'> {
  const minus = (b: number) => slope.logprob[b]!.map((value) => -value)
  if (profile.route === 'own') {
    const made = batch.rows.map((row, b) =>
      own(row, {
        logprob: slope.logprob[b]!,
        ...(slope.entropy && { entropy: slope.entropy[b]! }),
        ...(slope.value && { value: slope.value[b]! }),
      }),
    )
    return { rows: made, loss: 'etude' }
  }
  if (profile.route === 'signed') return { rows: batch.rows.map((row, b) => shifted(row, { weights: minus(b) })), loss: 'cross_entropy' }
  const made = batch.rows.map((row, b) => {
    const length = row.prompt.length + row.completion.length - 1
    const divisor = (profile.tokens === 'mean' ? length : 1) * (profile.rows === 'mean' ? rows : 1)
    return shifted(row, { logprobs: logprob[b]!, advantages: minus(b).map((value) => value * divisor) })
  })
  return { rows: made, loss: 'importance_sampling' }
}

/** Rows in calls of at most so many rows and bytes each; a row beyond the limit goes alone. */
export function pieces(rows: WireRow[], most: { rows: number; bytes: number }): WireRow[][] {
  const out: WireRow[][] = []
  let bytes = Infinity
  for (const row of rows) {
    const size = row.tokens.length * 4 + Object.values(row.inputs).reduce((all, { dtype, values }) => all + values.length * (dtype === 'int64' ? 8 : 4), 64)
    if (bytes + size > most.bytes || out.at(-1)!.length >= most.rows) {
      out.push([])
      bytes = 0
    }
    out.at(-1)!.push(row)
    bytes += size
  }
  return out
}
