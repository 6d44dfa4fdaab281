/**
 * The same models on the CPU in f64, from dequantised weights, without a cache and without kernels: what the engine's numbers
 * are compared with where no other program computes them exactly.
 *
 *   x = E[ids];  for each layer:  x += o(attend(rope(q), rope(k), v)) of norm₁(x);   x += down(silu(gate(m)) ∘ up(m)), m = norm₂(x)
 *   logits = head(norm(x));  norm(x) = w ∘ x / √(mean x² + ε);  q and k pass a norm of each head first where the model has one
 */

/** Read in pieces: rows, or, of a turned one, the rows of [columns, rows] that it lies in. */
export interface Matrix64 {
  rows: number
  columns: number
  turned: boolean
  /** [count, columns], or, turned, [count, rows]. */
  read(first: number, count: number): Promise<Float64Array>
}

export interface Layer64 {
  inputNorm: Float64Array
  postNorm: Float64Array
  q: Matrix64
  k: Matrix64
  v: Matrix64
  o: Matrix64
  gate: Matrix64
  up: Matrix64
  down: Matrix64
  qBias?: Float64Array
  kBias?: Float64Array
  vBias?: Float64Array
  /** [D] */
  qNorm?: Float64Array
  kNorm?: Float64Array
}

export interface Model64 {
  heads: number
  kvHeads: number
  headDim: number
  eps: number
  /** [V, C] */
  embedding: Matrix64
  head: Matrix64
  finalNorm: Float64Array
  layers: Layer64[]
  /** cos and sin of positions 0 … count − 1, [count, D / 2]. */
  rope(count: number): Promise<{ cos: Float64Array; sin: Float64Array }>
}

/** Token ids, [B][T]. */
type Rows = readonly (readonly number[])[]

/** Numbers that are read, or made, at once: 32 MiB. */
const PIECE = 2 ** 22

/**
 * [B][T − 1] log-probs of each row's tokens after the first, and [B][T] entropies of the distribution after each token (nats).
 * Rows have at least one token each; ids are below the vocabulary.
 */
export async function score(model: Model64, rows: Rows): Promise<{ logprobs: number[][]; entropies: number[][] }> {
  const states = await hiddenStates(model, rows)
  const tokens = rows.flatMap((row, b) => row.map((_, t) => ({ b, next: row[t + 1] })))
  const logprobs: number[][] = rows.map(() => [])
  const entropies: number[][] = rows.map(() => [])
  await eachLogits(model, states, (logits, at) => {
    const { b, next } = tokens[at]!
    const most = logits.reduce((a, z) => Math.max(a, z))
    let [sum, weighted] = [0, 0]
    for (const z of logits) {
      const p = Math.exp(z - most)
      sum += p
      weighted += p * (z - most)
    }
    entropies[b]!.push(Math.log(sum) - weighted / sum)
    if (next !== undefined) logprobs[b]!.push(logits[next]! - most - Math.log(sum))
  })
  return { logprobs, entropies }
}

/** The most probable token after each row, and how far its logit is ahead of the second. */
export async function next(model: Model64, rows: Rows): Promise<{ token: number; lead: number }[]> {
  const states = await hiddenStates(model, rows)
  const width = states.length / rows.reduce((sum, row) => sum + row.length, 0)
  const last = new Float64Array(rows.length * width)
  let end = 0
  rows.forEach((row, b) => {
    end += row.length
    last.set(states.subarray((end - 1) * width, end * width), b * width)
  })
  const result: { token: number; lead: number }[] = []
  await eachLogits(model, last, (logits) => {
    const most = logits.reduce((a, z) => Math.max(a, z))
    const token = logits.indexOf(most)
    const second = logits.reduce((best, z, id) => (id === token ? best : Math.max(best, z)), Number.NEGATIVE_INFINITY)
    result.push({ token, lead: most - second })
  })
  return result
}

/** The `count` most probable tokens, one after the other; `leads` as of `next`. */
export async function greedy(model: Model64, prompt: readonly number[], count: number): Promise<{ tokens: number[]; leads: number[] }> {
  const tokens: number[] = []
  const leads: number[] = []
  while (tokens.length < count) {
    const [found] = await next(model, [[...prompt, ...tokens]])
    tokens.push(found!.token)
    leads.push(found!.lead)
  }
  return { tokens, leads }
}

/** After the last norm, of all rows' tokens one behind the other, [T, C]. */
async function hiddenStates(model: Model64, rows: Rows): Promise<Float64Array> {
  const { headDim, eps } = model
  const positions = rows.flatMap((row) => row.map((_, t) => t))
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 0)
  const angles = await model.rope(longest)
  const lengths = rows.map((row) => row.length)
  let x = await lookUp(model.embedding, rows.flat())
  for (const layer of model.layers) {
    const n = norm(x, layer.inputNorm, eps)
    const heads = async (matrix: Matrix64, bias?: Float64Array, weight?: Float64Array) => {
      const y = plus(await multiply(n, matrix), bias)
      return rotate(weight ? norm(y, weight, eps) : y, angles, positions, headDim)
    }
    const q = await heads(layer.q, layer.qBias, layer.qNorm)
    const k = await heads(layer.k, layer.kBias, layer.kNorm)
    const v = plus(await multiply(n, layer.v), layer.vBias)
    x = plus(x, await multiply(attend(model, q, k, v, lengths), layer.o))
    const m = norm(x, layer.postNorm, eps)
    const gate = await multiply(m, layer.gate)
    const up = await multiply(m, layer.up)
    x = plus(x, await multiply(gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!), layer.down))
  }
  return norm(x, model.finalNorm, eps)
}

/** w ∘ x / √(mean x² + ε) of every stretch of w's length. */
function norm(x: Float64Array, w: Float64Array, eps: number): Float64Array {
  const size = w.length
  const result = new Float64Array(x.length)
  for (let start = 0; start < x.length; start += size) {
    let squares = 0
    for (let i = 0; i < size; i++) squares += x[start + i]! ** 2
    const scale = 1 / Math.sqrt(squares / size + eps)
    for (let i = 0; i < size; i++) result[start + i] = w[i]! * x[start + i]! * scale
  }
  return result
}

/** Elementwise; a shorter second one is repeated. */
function plus(x: Float64Array, y?: Float64Array): Float64Array {
  return y ? x.map((value, i) => value + y[i % y.length]!) : x
}

/** (a, b) → (a cos − b sin, b cos + a sin), a and b the halves of each head. */
function rotate(x: Float64Array, { cos, sin }: { cos: Float64Array; sin: Float64Array }, positions: number[], size: number): Float64Array {
  const half = size / 2
  const width = x.length / positions.length
  return x.map((value, at) => {
    const i = at % size
    const angle = positions[Math.floor(at / width)]! * half + (i % half)
    return value * cos[angle]! + (i < half ? -x[at + half]! : x[at - half]!) * sin[angle]!
  })
}

/** Causal attention within each row; head h reads key-value head h · K / H. */
function attend({ heads, kvHeads, headDim }: Model64, q: Float64Array, k: Float64Array, v: Float64Array, lengths: number[]): Float64Array {
  const [wide, narrow] = [heads * headDim, kvHeads * headDim]
  const result = new Float64Array(q.length)
  let first = 0
  for (const length of lengths) {
    for (let t = 0; t < length; t++) {
      for (let h = 0; h < heads; h++) {
        const from = (first + t) * wide + h * headDim
        const shared = Math.floor((h * kvHeads) / heads) * headDim
        const scores = Float64Array.from({ length: t + 1 }, (_, s) => {
          const at = (first + s) * narrow + shared
          let dot = 0
          for (let d = 0; d < headDim; d++) dot += q[from + d]! * k[at + d]!
          return dot / Math.sqrt(headDim)
        })
        const most = scores.reduce((a, z) => Math.max(a, z))
        const weights = scores.map((z) => Math.exp(z - most))
        const sum = weights.reduce((a, w) => a + w)
        weights.forEach((w, s) => {
          const at = (first + s) * narrow + shared
          for (let d = 0; d < headDim; d++) result[from + d]! += (w / sum) * v[at + d]!
        })
      }
    }
    first += length
  }
  return result
}

/** Pieces of a matrix: `part` [count, width] from stored row `first` on. */
async function eachPiece(matrix: Matrix64, take: (part: Float64Array, first: number, count: number) => void): Promise<void> {
  const [high, width] = matrix.turned ? [matrix.columns, matrix.rows] : [matrix.rows, matrix.columns]
  const step = Math.max(1, Math.floor(PIECE / width))
  for (let first = 0; first < high; first += step) {
    const count = Math.min(step, high - first)
    take(await matrix.read(first, count), first, count)
  }
}

/** x Wᵀ: [T, columns] → [T, rows]. */
async function multiply(x: Float64Array, matrix: Matrix64): Promise<Float64Array> {
  const { rows, columns, turned } = matrix
  const T = x.length / columns
  const y = new Float64Array(T * rows)
  await eachPiece(matrix, (part, first, count) => {
    if (turned) addOuter(x, part, y, { T, columns, rows, first, count })
    else fillDots(x, part, y, { T, columns, rows, first, count })
  })
  return y
}

interface Sizes {
  T: number
  columns: number
  rows: number
  first: number
  count: number
}

/** Stored rows are outputs; four tokens at a time, so that each weight is loaded once for them. */
function fillDots(x: Float64Array, part: Float64Array, y: Float64Array, { T, columns, rows, first, count }: Sizes): void {
  for (let t = 0; t < T; t += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => Math.min(t + i, T - 1)) as [number, number, number, number]
    const [xa, xb, xc, xd] = [a * columns, b * columns, c * columns, d * columns]
    for (let r = 0; r < count; r++) {
      let [ya, yb, yc, yd] = [0, 0, 0, 0]
      const start = r * columns
      for (let i = 0; i < columns; i++) {
        const w = part[start + i]!
        ya += x[xa + i]! * w
        yb += x[xb + i]! * w
        yc += x[xc + i]! * w
        yd += x[xd + i]! * w
      }
      const o = first + r
      y[a * rows + o] = ya
      y[b * rows + o] = yb
      y[c * rows + o] = yc
      y[d * rows + o] = yd
    }
  }
}

/** Stored rows are inputs. */
function addOuter(x: Float64Array, part: Float64Array, y: Float64Array, { T, columns, rows, first, count }: Sizes): void {
  for (let t = 0; t < T; t++) {
    for (let r = 0; r < count; r++) {
      const factor = x[t * columns + first + r]!
      for (let o = 0; o < rows; o++) y[t * rows + o]! += factor * part[r * rows + o]!
    }
  }
}

/** Rows `ids` of a table, [T, columns]. */
async function lookUp(table: Matrix64, ids: number[]): Promise<Float64Array> {
  const { rows, columns, turned } = table
  const result = new Float64Array(ids.length * columns)
  if (!turned) {
    for (const [t, id] of ids.entries()) result.set(await table.read(id, 1), t * columns)
    return result
  }
  await eachPiece(table, (part, first, count) => {
    ids.forEach((id, t) => {
      for (let r = 0; r < count; r++) result[t * columns + first + r] = part[r * rows + id]!
    })
  })
  return result
}

/** The logits [V] of each state, as many states at a time as memory holds. */
async function eachLogits({ head }: Model64, states: Float64Array, take: (logits: Float64Array, index: number) => void): Promise<void> {
  const total = states.length / head.columns
  const step = Math.max(1, Math.floor(PIECE / head.rows))
  for (let first = 0; first < total; first += step) {
    const logits = await multiply(states.subarray(first * head.columns, (first + step) * head.columns), head)
    for (let t = 0; t * head.rows < logits.length; t++) take(logits.subarray(t * head.rows, (t + 1) * head.rows), first + t)
  }
}
