/**
 * Our server on our engine, started from adapters that another server exported: the log-probs of that server before and after one and two
 * steps. Only servers that add up plainly are compared; the others' sums are their own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeCall, decodeResult } from '../../policy/tinker/codec'
import { ADDRESS, testServer, TOKEN } from './server.fixture'
import { filesOf, safetensorsHost } from './safetensors.fixture'

interface Case {
  model: string
  alpha: number
  server: { logprobs0: number[][]; logprobs1: number[][]; logprobs2: number[][] }
  torch: { reduction: string; grad_norm_step1: number; grad_norm_step2_before_clip: number }
}
interface Text {
  tokens: number[]
  weights: number[]
}

const ROOT = join(process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../../shared'), 'golden/tinker')
const FILE = join(ROOT, 'numerics.json')
const golden = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as { data: Record<'A' | 'B', Text>; cases: Record<string, Case> }) : undefined
const cases = Object.entries(golden?.cases ?? {}).filter(([, { torch }]) => torch.reduction.startsWith('pure sum'))
if (!golden) console.log(`no numbers at ${FILE}: skipped`)

describe.skipIf(!golden)('numbers of another server', () => {
  it.each(cases)('%s', async (name, { model, alpha, server: wanted, torch }) => {
    const server = testServer(safetensorsHost(join(ROOT, 'models')), {}, { models: readdirSync(join(ROOT, 'models')) })
    const post = async (path: string, body: object | Uint8Array<ArrayBuffer>) => {
      const binary = body instanceof Uint8Array
      const headers = { 'x-api-key': TOKEN, accept: 'application/x-protobuf', 'content-type': binary ? 'application/x-protobuf' : 'application/json' }
      return server.fetch(`${ADDRESS}/api/v1/${path}`, { method: 'POST', headers, body: binary ? body : JSON.stringify(body) })
    }
    const done = async (path: string, body: object | Uint8Array<ArrayBuffer>) =>
      post('retrieve_future', { request_id: ((await (await post(path, body)).json()) as { request_id: string }).request_id })
    const { session_id: session } = (await (await post('create_session', {})).json()) as { session_id: string }
    const start = Object.fromEntries(Object.entries(filesOf(join(ROOT, 'adapters', name, 'init'))).map(([file, bytes]) => [file, Buffer.from(bytes).toString('base64')]))
    const made = await done('create_model', { session_id: session, model_seq_id: 0, base_model: model, lora_config: { rank: 4 }, etude: { alpha, start } })
    const id = ((await made.json()) as { model_id: string }).model_id

    let seq = 0
    const { A, B } = golden!.data
    const run = async (texts: Text[], forwardOnly: boolean) => {
      const rows = texts.map(({ tokens, weights }) => ({
        tokens: tokens.slice(0, -1),
        inputs: { target_tokens: { dtype: 'int64' as const, values: tokens.slice(1) }, weights: { dtype: 'float32' as const, values: weights } },
      }))
      const answer = await done('forward_backward', new Uint8Array(encodeCall({ model: id, seq: ++seq, rows, loss: 'cross_entropy', config: {}, forwardOnly })))
      return decodeResult(new Uint8Array(await answer.arrayBuffer())).rows.map(({ logprobs }) => logprobs!)
    }
    const step = async (clip: number) => {
      const adam = { learning_rate: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0, grad_clip_norm: clip }
      return ((await (await done('optim_step', { model_id: id, seq_id: ++seq, adam_params: adam })).json()) as { metrics: { grad_norm: number } }).metrics.grad_norm
    }
    const apart = (got: number[][], of: number[][]) => Math.max(...got.flatMap((row, i) => row.map((lp, t) => Math.abs(lp - of[i]![t]!))))

    const gaps = [apart(await run([A, B], true), wanted.logprobs0)]
    await run([A, B], false)
    const norms = [await step(0)]
    gaps.push(apart(await run([A, B], true), wanted.logprobs1))
    await run([A], false)
    norms.push(await step(1e-3))
    gaps.push(apart(await run([A, B], true), wanted.logprobs2))
    await server.close()
    console.log(`${name}: max |Δ log-prob| before, after one and two steps: ${gaps.map((gap) => gap.toExponential(1)).join(', ')}; norms ${norms.join(', ')}`)
    expect(Math.max(...gaps)).toBeLessThan(1e-5)
    expect(Math.abs(norms[0]! / torch.grad_norm_step1 - 1)).toBeLessThan(1e-5)
    expect(Math.abs(norms[1]! / torch.grad_norm_step2_before_clip - 1)).toBeLessThan(1e-4)
  })
})
