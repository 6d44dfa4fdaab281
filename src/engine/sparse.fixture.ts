/**
 * A model of any size that takes no room: its ONNX file names weights in a data file that is a hole on disk, and a server sends ranges
 * of both as the Hub does. For tests of what reading a large model costs.
 */
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { model, node, tensor, tinyNodes, attribute } from '../onnx/fixture'

export interface SparseShape {
  layers: number
  hidden: number
  ffn: number
  vocabulary: number
}

/** Heads of 64; q, k, v packed, tied, float32. */
export async function serveSparse({ layers, hidden, ffn, vocabulary }: SparseShape) {
  const heads = hidden / 64
  const at = (layer: number) => `model.layers.${layer}`
  const dims: Record<string, number[]> = { 'lm_head.MatMul.weight': [hidden, vocabulary], [`${at(layers)}.final_norm_layernorm.weight`]: [hidden] }
  for (let layer = 0; layer < layers; layer++) {
    dims[`${at(layer)}.input_layernorm.weight`] = dims[`${at(layer)}.post_attention_layernorm.weight`] = [hidden]
    dims[`${at(layer)}.attn.qkv_proj.MatMul.weight`] = [hidden, 3 * hidden]
    dims[`${at(layer)}.attn.o_proj.MatMul.weight`] = [hidden, hidden]
    for (const part of ['gate', 'up']) dims[`${at(layer)}.mlp.${part}_proj.MatMul.weight`] = [hidden, ffn]
    dims[`${at(layer)}.mlp.down_proj.MatMul.weight`] = [ffn, hidden]
  }
  let bytes = 0
  const tensors = Object.entries(dims).map(([name, shape]) => {
    const length = 4 * shape.reduce((a, b) => a * b)
    bytes += length
    return tensor(name, { dims: shape, external: { location: 'model.onnx_data', offset: bytes - length, length } })
  })
  const attention = Array.from({ length: layers }, (_, layer) => ({
    name: `/model/layers.${layer}/attn/GroupQueryAttention`, op: 'GroupQueryAttention', domain: 'com.microsoft',
    attributes: [attribute.integer('num_heads', heads), attribute.integer('do_rotary', 1)],
  })) // prettier-ignore
  const nodes = [...tinyNodes().filter(({ op }) => op !== 'GroupQueryAttention'), ...attention]
  const config = {
    model_type: 'llama', hidden_size: hidden, num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: heads,
    intermediate_size: ffn, vocab_size: vocabulary, max_position_embeddings: 1024, tie_word_embeddings: true, eos_token_id: 2,
  } // prettier-ignore

  const folder = mkdtempSync(join(tmpdir(), 'etude-sparse-'))
  const files: Record<string, string> = { 'config.json': 'config.json', 'onnx/model.onnx': 'model.onnx', 'onnx/model.onnx_data': 'data' }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'model.onnx'), model(nodes.map(node), tensors))
  writeFileSync(join(folder, 'data'), '')
  truncateSync(join(folder, 'data'), bytes)
  const path = (name: string) => join(folder, files[name]!)
  const siblings = Object.keys(files).map((rfilename) => ({ rfilename, size: statSync(path(rfilename)).size }))
  let sent = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    if (url.pathname.startsWith('/api/')) return void response.end(JSON.stringify({ sha: 'a'.repeat(40), siblings }))
    const name = url.pathname.split('/').slice(5).join('/')
    const [, from = '0', to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const size = statSync(path(name)).size
    const [start, end] = [Number(from), to ? Math.min(Number(to) + 1, size) : size]
    response.writeHead(request.headers.range ? 206 : 200, { 'content-length': end - start, 'content-range': `bytes ${start}-${end - 1}/${size}` })
    sent += end - start
    void (async () => {
      const file = await open(path(name))
      for await (const part of file.createReadStream({ start, end: end - 1, highWaterMark: 2 ** 18 })) {
        if (!response.write(part)) await new Promise((done) => response.once('drain', done))
      }
      response.end()
    })()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Of the data file. */
    bytes,
    sent: () => sent,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      rmSync(folder, { recursive: true })
    },
  }
}
