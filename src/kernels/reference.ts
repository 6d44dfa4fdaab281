/**
 * The kernels once more in plain TypeScript and f64, forward only: what the GPU is compared with, and (by central differences)
 * what its backward is compared with. Row-major arrays, shapes as in the .wgsl files.
 */
export type Numbers = ArrayLike<number>

export function zeros(n: number): number[] {
  return new Array<number>(n).fill(0)
}

export function embedding(ids: Numbers, table: Numbers, width: number): number[] {
  return Array.from({ length: ids.length * width }, (_, i) => table[ids[Math.floor(i / width)]! * width + (i % width)]!)
}

/** x [M, K] · w [K, N] (+ bias). */
export function matmul(x: Numbers, w: Numbers, k: number, n: number, bias?: Numbers): number[] {
  const m = x.length / k
  const y = zeros(m * n)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) y[i * n + j] = bias?.[j] ?? 0
    for (let l = 0; l < k; l++) {
      const a = x[i * k + l]!
      for (let j = 0; j < n; j++) y[i * n + j]! += a * w[l * n + j]!
    }
  }
  return y
}

export function transpose(x: Numbers, columns: number): number[] {
  const rows = x.length / columns
  return Array.from({ length: x.length }, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!)
}

/** a [R, K], b [N, R]. */
export function linear(
  x: Numbers,
  w: Numbers,
  k: number,
  n: number,
  bias?: Numbers,
  lora?: { a: Numbers; b: Numbers; scale: number },
): number[] {
  const y = matmul(x, w, k, n, bias)
  if (!lora) return y
  const rank = lora.a.length / k
  const low = matmul(matmul(x, transpose(lora.a, k), k, rank), transpose(lora.b, rank), rank, n)
  return y.map((v, i) => v + lora.scale * low[i]!)
}

export function rmsnorm(x: Numbers, w: Numbers, eps: number): number[] {
  const width = w.length
  const y = zeros(x.length)
  for (let at = 0; at < x.length; at += width) {
    let sum = 0
    for (let c = 0; c < width; c++) sum += x[at + c]! ** 2
    const r = 1 / Math.sqrt(sum / width + eps)
    for (let c = 0; c < width; c++) y[at + c] = w[c]! * x[at + c]! * r
  }
  return y
}

/** cos and sin of position · frequency, [positions, D/2]. */
export function ropeTables(positions: number, frequencies: Numbers): { cos: number[]; sin: number[] } {
  const half = frequencies.length
  const angle = Array.from({ length: positions * half }, (_, i) => Math.floor(i / half) * frequencies[i % half]!)
  return { cos: angle.map(Math.cos), sin: angle.map(Math.sin) }
}

export function rope(x: Numbers, cos: Numbers, sin: Numbers, positions: Numbers, headDim: number): number[] {
  const half = headDim / 2
  const width = x.length / positions.length
  const y = zeros(x.length)
  for (let t = 0; t < positions.length; t++) {
    for (let head = 0; head < width; head += headDim) {
      for (let d = 0; d < half; d++) {
        const [a, b, at] = [t * width + head + d, t * width + head + d + half, positions[t]! * half + d]
        y[a] = x[a]! * cos[at]! - x[b]! * sin[at]!
        y[b] = x[b]! * cos[at]! + x[a]! * sin[at]!
      }
    }
  }
  return y
}

/** spans [T, 2]. */
export function attention(q: Numbers, k: Numbers, v: Numbers, spans: Numbers, heads: number, kvHeads: number, headDim: number): number[] {
  const tokens = spans.length / 2
  const o = zeros(q.length)
  for (let t = 0; t < tokens; t++) {
    for (let h = 0; h < heads; h++) {
      const kv = Math.floor(h / (heads / kvHeads))
      const at = (j: number) => (j * kvHeads + kv) * headDim
      const first = spans[2 * t]!
      const s = Array.from({ length: t - first + 1 }, (_, j) => {
        let sum = 0
        for (let d = 0; d < headDim; d++) sum += q[(t * heads + h) * headDim + d]! * k[at(first + j) + d]!
        return sum / Math.sqrt(headDim)
      })
      const top = Math.max(...s)
      const e = s.map((x) => Math.exp(x - top))
      const total = e.reduce((a, b) => a + b, 0)
      e.forEach((p, j) => {
        for (let d = 0; d < headDim; d++) o[(t * heads + h) * headDim + d]! += (p / total) * v[at(first + j) + d]!
      })
    }
  }
  return o
}

export function swiglu(gate: Numbers, up: Numbers): number[] {
  return Array.from(gate, (a, i) => (a / (1 + Math.exp(-a))) * up[i]!)
}

/** x [n, C], head [V, C] → [n, 2]: log-prob of the target, entropy. */
export function score(x: Numbers, targets: Numbers, head: Numbers, width: number, temperature: number): number[] {
  const vocabulary = head.length / width
  const logits = matmul(x, transpose(head, width), width, vocabulary)
  const out: number[] = []
  for (let i = 0; i < targets.length; i++) {
    const l = logits.slice(i * vocabulary, (i + 1) * vocabulary).map((v) => v / temperature)
    const top = l.reduce((a, b) => Math.max(a, b))
    const lse = top + Math.log(l.reduce((sum, v) => sum + Math.exp(v - top), 0))
    out.push(l[targets[i]!]! - lse, -l.reduce((sum, v) => sum + Math.exp(v - lse) * (v - lse), 0))
  }
  return out
}
