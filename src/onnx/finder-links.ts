/**
 * How a graph's nodes and tensors hang together: who makes a value, who takes it, which tensor is behind it. Knows which tensors were
 * asked for, and words what is wrong with one in one sentence.
 */
import type { ModelConfig } from './config'
import type { Graph, Node, Tensor } from './scan'
import type { Place } from './weight'

/** How a node takes a tensor. */
export interface Operand {
  tensor: Tensor
  /** Through an odd number of transpositions. */
  turned: boolean
  /** The DequantizeLinear on the way, and whether transpositions before and after it turn the tensor. */
  scaled?: { node: Node; before: boolean; after: boolean }
}

const MULTIPLIES = new Set(['MatMul', 'MatMulNBits', 'MatMulBnb4', 'MatMulInteger'])
/** No graph has more between a weight and its use; a circle has. */
const STEPS = 8

export class Links {
  /** What only values can tell, to be asked when all weights are found. */
  readonly checks: (() => Promise<void>)[] = []
  private readonly used = new Set<string>()
  private readonly makers = new Map<string, Node>()
  private readonly takers = new Map<string, Node[]>()
  private readonly multipliers = new Map<string, Node>()

  constructor(
    readonly place: Place,
    readonly graph: Graph,
    readonly config: ModelConfig,
  ) {
    for (const node of graph.nodes) {
      if (MULTIPLIES.has(node.op)) this.multipliers.set(node.name.replace(/(?<=\/MatMul)_.*$/, ''), node)
      for (const output of node.outputs) if (output) this.makers.set(output, node)
      for (const input of node.inputs) {
        const takers = this.takers.get(input)
        if (takers) takers.push(node)
        else this.takers.set(input, [node])
      }
    }
  }

  has(name: string): boolean {
    return this.graph.tensors.has(name)
  }

  tensor(name: string): Tensor {
    const tensor = this.graph.tensors.get(name)
    if (!tensor) throw this.missing(`weight ${name}`)
    this.used.add(tensor.name)
    return tensor
  }

  /** A tensor, or one behind a Reshape. */
  reshaped(value: string): Tensor {
    const node = this.makers.get(value)
    return this.tensor(!this.has(value) && node?.op === 'Reshape' ? (node.inputs[0] ?? '') : value)
  }

  maker(value: string | undefined): Node | undefined {
    return this.makers.get(value ?? '')
  }

  taker(value: string | undefined, op: string): Node | undefined {
    return (this.takers.get(value ?? '') ?? []).find((node) => node.op === op)
  }

  /** The node NAME/MatMul, with or without the suffix of a quantised one. */
  multiplier(name: string): Node | undefined {
    return this.multipliers.get(`${name}/MatMul`)
  }

  /** The tensor behind a value, and how it gets there. */
  operand(value: string, user: string): Operand {
    let turned = false
    let found: Operand['scaled'] | undefined
    let at = value
    for (let step = 0; step < STEPS && !this.has(at); step++) {
      const node = this.maker(at)
      const perm = node?.attributes.perm?.integers
      if (node?.op === 'Transpose' && (perm ?? [1, 0]).join() === '1,0') turned = !turned
      else if (node?.op === 'DequantizeLinear' && !found) {
        found = { node, before: false, after: turned }
        turned = false
      } else if (node?.op !== 'Cast' && node?.op !== 'Identity') break
      at = node.inputs[0] ?? ''
    }
    if (!this.has(at)) {
      const from = this.maker(at)
      const what = from ? `${from.op} (${from.name})` : 'nowhere'
      throw new Error(`${this.graph.file}: the weight of ${user} comes from ${what}, which is not known there; use an unchanged export.`)
    }
    const tensor = this.tensor(at)
    if (!found) return { tensor, turned }
    return { tensor, turned: found.after !== turned, scaled: { ...found, before: turned } }
  }

  scalesOf(node: Node): { scales: Tensor; zeros?: Tensor } {
    const zero = node.inputs[2]
    return { scales: this.tensor(node.inputs[1] ?? ''), ...(zero && { zeros: this.tensor(zero) }) }
  }

  /** Throws where values are not what was read from names; and a named weight that nothing takes would change the model's answers. */
  async finish(): Promise<void> {
    for (const check of this.checks) await check()
    for (const { name } of this.graph.tensors.values()) {
      if (/^(model\.|lm_head\.|onnx::MatMul_)/.test(name) && !name.includes('rotary_emb') && !this.used.has(name)) {
        throw new Error(
          `${this.graph.file} has the weight ${name}, which a ${this.config.family} model of config.json does not use; ` +
            'take config.json and model from the same export.',
        )
      }
    }
  }

  expect(tensor: Tensor, found: number[], wanted: number[]): void {
    if (found.join() !== wanted.join()) throw this.misfit(tensor.name, found, wanted)
  }

  misfit(name: string, found: number[], wanted: number[]): Error {
    return new Error(
      `${this.graph.file}: ${name} is [${found.join(', ').slice(0, 60)}], but config.json makes it [${wanted.join(', ')}]; ` +
        'take config.json and model from the same export.',
    )
  }

  unknown(node: Node, what: string): Error {
    return new Error(`${this.graph.file}: node ${node.name} (${node.op}) has ${what}, which cannot be read here; choose another file.`)
  }

  missing(what: string): Error {
    const { layers, family } = this.config
    const whole = `a whole ${family} model of config.json's ${layers} layers`
    return new Error(`${this.graph.file} has no ${what}; it is not ${whole}: export it again.`)
  }
}
