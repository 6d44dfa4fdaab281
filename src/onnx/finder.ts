/**
 * Finds a graph's weights: vectors by their names, matrices by the node that multiplies with them, whatever stands between
 * (Transpose, Reshape, Cast, DequantizeLinear). Checks type and shape of each, and knows which were never asked for.
 */
import { readFloats } from './bytes'
import type { ModelConfig } from './config'
import { dequantise } from './dequantise'
import { Links } from './finder-links'
import { matrixOf, multiplied, type Found } from './finder-matrix'
import { findTable } from './finder-table'
import type { Graph } from './scan'
import type { MatrixSource, Place, StoredMatrix, WeightSource } from './weight'

export class Finder {
  private readonly links: Links

  constructor(place: Place, graph: Graph, readonly config: ModelConfig) {
    this.links = new Links(place, graph, config)
  }

  has(name: string): boolean {
    return this.links.has(name)
  }

  /** A named vector, or a part of it. */
  vector(name: string, size: number, first = 0, count = size): WeightSource {
    const { links } = this
    const tensor = links.tensor(name)
    links.expect(tensor, tensor.dims, [size])
    return { dims: [count], read: () => readFloats(links.place, tensor, first, count) }
  }

  optional(name: string, size: number): WeightSource | undefined {
    return this.has(name) ? this.vector(name, size) : undefined
  }

  /** Whether there is a linear of this name: of node NAME/MatMul, with or without the suffix of a quantised one. */
  hasLinear(name: string): boolean {
    return this.links.multiplier(name) !== undefined
  }

  linear(name: string, rows: number, columns: number): Found {
    const { links } = this
    const node = links.multiplier(name)
    if (node) return multiplied(links, node, rows, columns)
    // A writer may give such nodes other names, but keep the builder's for the weights.
    const weight = `${name.slice(1).replaceAll('/', '.')}.MatMul.weight`
    if (!this.has(weight)) throw links.missing(`node ${name}/MatMul`)
    return matrixOf(links, { tensor: links.tensor(weight), turned: false }, rows, columns, false)
  }

  /** The table of a lookup by token id, [rows, columns]. */
  table(rows: number, columns: number): Found {
    return findTable(this.links, rows, columns)
  }

  /** To be called when all weights are found: what only values can tell, and weights that nothing asked for. */
  finish(): Promise<void> {
    return this.links.finish()
  }
}

/** [out, in] as [in, out], which is how `read` gives a linear; a table as it is. */
export function asLinear(stored: StoredMatrix): MatrixSource {
  return { dims: [stored.columns, stored.rows], read: () => wholeMatrix(stored, true), stored }
}

export function asTable(stored: StoredMatrix): MatrixSource {
  return { dims: [stored.rows, stored.columns], read: () => wholeMatrix(stored, false), stored }
}

async function wholeMatrix(stored: StoredMatrix, turn: boolean): Promise<Float32Array<ArrayBuffer>> {
  const [high, width] = stored.turned ? [stored.columns, stored.rows] : [stored.rows, stored.columns]
  const values = dequantise(await stored.read(0, high), stored.format, high, width)
  if (turn === stored.turned) return Float32Array.from(values)
  return Float32Array.from({ length: values.length }, (_, i) => values[(i % high) * width + Math.floor(i / high)]!)
}
