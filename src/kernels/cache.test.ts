import { describe, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { attendCached } from './cache'
import { expectClose, testGpu, uniform } from './check'
import * as reference from './reference'

describe('cache', () => {
  it.each([
    { heads: 1, kvHeads: 1, headDim: 16 },
    { heads: 4, kvHeads: 2, headDim: 64 },
    { heads: 2, kvHeads: 1, headDim: 128 },
  ])('attends as if each row stood alone: $heads/$kvHeads heads of $headDim', async ({ heads, kvHeads, headDim }) => {
    const gpu = await testGpu()
    const g = new Graph(gpu, false)
    const [q, kv] = [heads * headDim, kvHeads * headDim]
    const prompts = [5, 2] // two prompts side by side; rows 0 and 2 share the first one
    const rows = [0, 1, 0].map((prompt, slot) => ({ prompt, slot: 2 - slot }))
    const [steps, capacity] = [3, 4]
    const promptK = uniform(7 * kv, 1)
    const promptV = uniform(7 * kv, 2)
    const cache = {
      promptK: g.upload(Float32Array.from(promptK)),
      promptV: g.upload(Float32Array.from(promptV)),
      ownK: g.tensor([3, capacity, kv]),
      ownV: g.tensor([3, capacity, kv]),
      capacity,
    }
    const table = g.upload(Uint32Array.from(rows.flatMap(({ prompt, slot }) => [slot, prompt === 0 ? 0 : 5, prompts[prompt]!, 0])), [3, 4])
    const past = rows.map(({ prompt }) => {
      const [from, to] = prompt === 0 ? [0, 5] : [5, 7]
      return { k: promptK.slice(from * kv, to * kv), v: promptV.slice(from * kv, to * kv) }
    })
    for (let step = 0; step < steps; step++) {
      const [nq, nk, nv] = [uniform(3 * q, 10 + step), uniform(3 * kv, 20 + step), uniform(3 * kv, 30 + step)]
      const positions = g.upload(Uint32Array.from(rows, ({ prompt }) => prompts[prompt]! + step))
      const up = (values: number[], width: number) => g.upload(Float32Array.from(values), [3, width])
      const out = await gpu.readFloats(
        attendCached(g, up(nq, q), up(nk, kv), up(nv, kv), cache, table, positions, { heads, kvHeads, headDim }),
      )
      rows.forEach((_, r) => {
        past[r]!.k.push(...nk.slice(r * kv, (r + 1) * kv))
        past[r]!.v.push(...nv.slice(r * kv, (r + 1) * kv))
        const tokens = past[r]!.k.length / kv
        const spans = Array.from({ length: 2 * tokens }, (_, i) => (i % 2 === 0 ? 0 : tokens))
        const queries = [...reference.zeros((tokens - 1) * q), ...nq.slice(r * q, (r + 1) * q)]
        const alone = reference.attention(queries, past[r]!.k, past[r]!.v, spans, heads, kvHeads, headDim)
        expectClose(out.slice(r * q, (r + 1) * q), alone.slice((tokens - 1) * q), 1e-5, `row ${r} after step ${step}`)
      })
    }
    g.free()
  })
})
