/** For tests: decoders with random weights in any format, and the numbers that they stand for. */
import type { Graph } from '../gpu/tape'
import { uniform } from '../kernels/check'
import { rowsOf } from '../kernels/matrix'
import { type Packing, type PackingCase, packing, upload } from '../kernels/packing'
import * as reference from '../kernels/reference'
import { type Decoder, type DecoderConfig, linearSizes, type Target } from './decoder'

export interface RandomDecoder {
  config: DecoderConfig
  /** [V, C], embedding and head. */
  embedding: Packing
  matrix: (layer: number, target: Target) => Packing
  /** Norms and biases by name, near 1. */
  vector: (name: string, size: number) => Float32Array
  biased: (target: Target) => boolean
  /** [positions, D/2] each. */
  rope: { cos: number[]; sin: number[] }
}

const POSITIONS = 64

/** Linears as `packed` says, the table never turned; biases on q, k, v where asked for. */
export function randomDecoder(config: DecoderConfig, packed: PackingCase, biases: boolean): RandomDecoder {
  const seed = (text: string) => [...text].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7)
  const made = new Map<string, Packing>()
  const half = config.headDim / 2
  return {
    config,
    embedding: packing({ ...packed, turned: false }, config.vocabulary, config.hidden, 5),
    matrix(layer, target) {
      const [k, n] = linearSizes(config)[target]
      const name = `${layer} ${target}`
      const found = made.get(name) ?? packing(packed, n, k, seed(name))
      made.set(name, found)
      return found
    },
    vector: (name, size) => Float32Array.from(uniform(size, seed(name)), (x) => 1 + x / 2),
    biased: (target) => biases && ['q_proj', 'k_proj', 'v_proj'].includes(target),
    rope: reference.ropeTables(
      POSITIONS,
      Array.from({ length: half }, (_, i) => 100 ** (-i / half)),
    ),
  }
}

/** On the GPU, the table cut after every `cut` rows (a multiple of 64). */
export function uploadDecoder(g: Graph, random: RandomDecoder, cut = 2 ** 20): Decoder {
  const { config: c } = random
  const sizes = linearSizes(c)
  const targets = Object.keys(sizes) as Target[]
  const vector = (name: string, size: number) => g.upload(random.vector(name, size))
  const table = (values: readonly number[]) => g.upload(Float32Array.from(values), [POSITIONS, c.headDim / 2])
  const layers = Array.from({ length: c.layers }, (_, i) => ({
    inputNorm: vector(`${i} input`, c.hidden),
    postNorm: vector(`${i} post`, c.hidden),
    weights: Object.fromEntries(targets.map((t) => [t, upload(g, random.matrix(i, t))])) as Decoder['layers'][number]['weights'],
    biases: Object.fromEntries(targets.filter(random.biased).map((t) => [t, vector(`${i} ${t}`, sizes[t][1])])),
    ...(c.qkNorm && { qNorm: vector(`${i} q`, c.headDim), kNorm: vector(`${i} k`, c.headDim) }),
  }))
  const whole = upload(g, random.embedding)
  const shards = Array.from({ length: Math.ceil(c.vocabulary / cut) }, (_, i) => {
    const rows = Math.min(cut, c.vocabulary - i * cut)
    return { first: i * cut, rows, table: rowsOf(whole, i * cut, rows) }
  })
  const rope = { cos: table(random.rope.cos), sin: table(random.rope.sin) }
  return { config: c, embedding: shards, head: shards, finalNorm: vector('final', c.hidden), layers, rope }
}
