/** Finds a graph's weights by the names of tensors and nodes, checks type and shape of each, and knows which were never asked for. */
import type { ModelConfig } from './config'
import type { Graph, Node, Tensor } from './scan'
import { columnsOf, plainWeight, transposedWeight, type MatrixSource, type Place, type StoredMatrix } from './weight'

/** A tensor as a node takes it: as stored, or through one Transpose. */
export interface Operand {
  tensor: Tensor
  turned: boolean
}

export class Finder {
  private readonly used = new Set<string>()
  private readonly byOutput = new Map<string, Node>()
  private readonly byName = new Map<string, Node>()

  constructor(
    private readonly place: Place,
    private readonly graph: Graph,
    readonly config: ModelConfig,
  ) {
    for (const node of graph.nodes) {
      this.byName.set(node.name, node)
      for (const output of node.outputs) this.byOutput.set(output, node)
    }
  }

  has(name: string): boolean {
    return this.graph.tensors.has(name)
  }

  node(name: string): Node {
    const node = this.byName.get(name)
    if (!node) throw this.missing(`node ${name}`)
    return node
  }

  tensor(name: string): Tensor {
    const tensor = this.graph.tensors.get(name)
    if (!tensor) throw this.missing(`weight ${name}`)
    this.used.add(tensor.name)
    return tensor
  }

  /** The second input of a MatMul. */
  input(node: string): Operand {
    return this.resolve(this.node(node).inputs[1] ?? '', node)
  }

  resolve(value: string, user: string): Operand {
    if (this.has(value)) return { tensor: this.tensor(value), turned: false }
    const maker = this.byOutput.get(value)
    const perm = maker?.attributes.perm?.integers ?? [1, 0]
    const source = maker?.inputs[0] ?? ''
    if (maker?.op === 'Transpose' && perm.join() === '1,0' && this.has(source)) return { tensor: this.tensor(source), turned: true }
    throw new Error(`${this.graph.file}: the weight of ${user} comes from ${maker?.op ?? 'nowhere'}; export the model again in float32.`)
  }

  named(name: string, dims: number[]): MatrixSource {
    return this.plain({ tensor: this.tensor(name), turned: false }, dims)
  }

  /** The weight of a linear, [in, out]. */
  linear(operand: Operand, dims: number[]): MatrixSource {
    const source = this.plain(operand, dims)
    return { ...source, stored: asLinear(source.stored) }
  }

  optional(name: string, dims: number[]): MatrixSource | undefined {
    return this.has(name) ? this.named(name, dims) : undefined
  }

  /** In the order in which the operand is used. */
  plain({ tensor, turned }: Operand, dims: number[]): MatrixSource {
    this.expect(tensor, turned ? dims.toReversed() : dims)
    return turned ? transposedWeight(this.place, tensor) : plainWeight(this.place, tensor)
  }

  /** In the reverse order: [out, in] of a linear's weight. */
  turned({ tensor, turned }: Operand, dims: number[]): MatrixSource {
    return this.plain({ tensor, turned: !turned }, dims)
  }

  columns(name: string, rows: number[], parts: number[]): MatrixSource[] {
    const tensor = this.tensor(name)
    this.expect(tensor, [...rows, parts.reduce((a, b) => a + b)])
    return parts.map((count, i) => columnsOf(this.place, tensor, parts.slice(0, i).reduce((a, b) => a + b, 0), count))
  }

  /** A named weight that no part of the model takes would change its answers. */
  refuseLeftovers(): void {
    for (const { name } of this.graph.tensors.values()) {
      if (/^(model\.|lm_head\.|onnx::MatMul_)/.test(name) && !name.includes('rotary_emb') && !this.used.has(name)) {
        throw new Error(
          `${this.graph.file} has the weight ${name}, which a Qwen2 model of config.json does not use; ` +
            'take config.json and model from the same export.',
        )
      }
    }
  }

  private expect(tensor: Tensor, dims: number[]): void {
    if (tensor.dtype !== 'float32') {
      throw new Error(
        `${this.graph.file}: ${tensor.name} is stored as ${tensor.dtype}, and only float32 files can be loaded yet; ` +
          'choose the float32 file, usually onnx/model.onnx.',
      )
    }
    if (tensor.dims.join() !== dims.join()) {
      throw new Error(
        `${this.graph.file}: ${tensor.name} is [${tensor.dims.join(', ')}], but config.json makes it [${dims.join(', ')}]; ` +
          'take config.json and model from the same export.',
      )
    }
  }

  private missing(what: string): Error {
    const { layers } = this.config
    return new Error(`${this.graph.file} has no ${what}; it is not a whole Qwen2 model of config.json's ${layers} layers: export it again.`)
  }
}

/** [in, out] of the file is a matrix of `out` rows that lies turned; [out, in] is one that does not. */
function asLinear(matrix: StoredMatrix): StoredMatrix {
  return { ...matrix, rows: matrix.columns, columns: matrix.rows, turned: !matrix.turned }
}
