/**
 * Reverse-mode differentiation. Kernels append their backward to the tape as they run forward; `backward` plays them in
 * reverse. Contract for all kernels: activations are assigned, gradients are added to, and the tape zeroes them at birth.
 */
import type { Gpu } from './gpu'
import type { Tensor } from './tensor'
import { zero } from './zero'

/** The tensors of one forward pass, and its tape when it is to be differentiated. */
export class Graph {
  private readonly owned: Tensor[] = []
  private readonly kept = new Set<Tensor>()
  private readonly backwards: (() => void)[] = []
  private readonly gradients = new Map<Tensor, Tensor>()
  private readonly tracked = new Set<Tensor>()

  constructor(
    readonly gpu: Gpu,
    readonly differentiate: boolean,
    /** Whether a differentiated pass keeps only the ends of each scope. */
    private readonly recompute = false,
  ) {}

  /** A tensor that lives until `free`. */
  tensor(shape: readonly number[]): Tensor {
    const tensor = this.gpu.tensor(shape)
    this.owned.push(tensor)
    return tensor
  }

  upload(data: Float32Array | Uint32Array, shape?: readonly number[]): Tensor {
    const tensor = this.gpu.upload(data, shape)
    this.owned.push(tensor)
    return tensor
  }

  /**
   * layer(graph, input); in a pass that is not differentiated, the input and every tensor made on the way but the result and the
   * kept ones are given back at once, so that a deep model needs the memory of one layer. A pass that recomputes keeps the input and
   * the result, and runs the layer once more in its backward.
   */
  scope(input: Tensor, layer: (g: Graph, input: Tensor) => Tensor): Tensor {
    if (this.recompute) return this.checkpoint(input, layer)
    if (this.differentiate) return layer(this, input)
    const mark = this.owned.indexOf(input)
    if (mark < 0) throw new Error('The input of a scope must be a tensor of the same pass')
    const result = layer(this, input)
    this.leave(mark, result)
    return result
  }

  /** Gives every tensor from `mark` on back, but the result and the kept ones. */
  private leave(mark: number, result: Tensor): void {
    for (const tensor of this.owned.splice(mark)) {
      if (tensor === result || this.kept.has(tensor)) this.owned.push(tensor)
      else this.gpu.release(tensor)
    }
  }

  private checkpoint(input: Tensor, layer: (g: Graph, input: Tensor) => Tensor): Tensor {
    const ahead = new Graph(this.gpu, false)
    const result = layer(ahead, input)
    ahead.leave(0, result)
    this.owned.push(...ahead.owned)
    this.record(result, () => {
      const again = new Graph(this.gpu, true)
      if (this.tracks(input)) {
        again.track(input)
        again.gradients.set(input, this.gradient(input))
      }
      again.gradients.set(layer(again, input), this.gradient(result))
      again.backward()
      again.free()
    })
    return result
  }

  /** Lets `tensor` outlive the scope that it is made in. */
  keep(tensor: Tensor): Tensor {
    this.kept.add(tensor)
    return tensor
  }

  /** Whether a gradient with respect to `tensor` is wanted. */
  tracks(tensor: Tensor): boolean {
    return this.tracked.has(tensor)
  }

  /** Marks `tensor` as depending on something that learns. */
  track(tensor: Tensor): void {
    this.tracked.add(tensor)
  }

  /** Appends `backward`, which reads gradient(output) and adds to the gradients of tracked inputs. */
  record(output: Tensor, backward: () => void): void {
    if (!this.differentiate) return
    this.tracked.add(output)
    this.backwards.push(backward)
  }

  /** The gradient of the loss with respect to `tensor`: zero until something was added. */
  gradient(tensor: Tensor): Tensor {
    let gradient = this.gradients.get(tensor)
    if (!gradient) {
      gradient = this.tensor(tensor.shape)
      zero(this.gpu, gradient)
      this.gradients.set(tensor, gradient)
    }
    return gradient
  }

  /** Plays the tape from its end; the gradient of the last output must have been filled before. */
  backward(): void {
    for (let i = this.backwards.length - 1; i >= 0; i--) this.backwards[i]!()
  }

  /** Gives every tensor of this pass back. */
  free(): void {
    for (const tensor of this.owned) this.gpu.release(tensor)
    this.owned.length = 0
    this.kept.clear()
    this.backwards.length = 0
    this.gradients.clear()
    this.tracked.clear()
  }
}
