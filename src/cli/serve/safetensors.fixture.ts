/** For tests: a host of engines on the GPU whose models are folders as Hugging Face writes them, read without an ONNX file. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CAPABILITIES, Engine } from '../../engine/engine'
import { loadModel } from '../../engine/load'
import { LoraParameters } from '../../engine/lora'
import { loraShape } from '../../engine/lora-shape'
import { readPeft } from '../../engine/peft'
import { nodeGpu } from '../../gpu/node'
import { openGpu, requestAdapter } from '../../gpu/open'
import { openDisk } from '../../hub/disk'
import { readConfig } from '../../onnx/config'
import type { Model } from '../../onnx/model'
import { readSafetensors } from '../../onnx/safetensors'
import type { MatrixSource, WeightSource } from '../../onnx/weight'
import { createFakeHost } from '../../policy/fake'
import type { Host } from '../../policy/host'

export const filesOf = (folder: string): Record<string, Uint8Array> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]))

async function modelOf(folder: string): Promise<Model> {
  const { config } = await readConfig(openDisk(folder))
  const tensors = readSafetensors(filesOf(folder)['model.safetensors']!)
  const vector = (name: string): WeightSource => {
    const { data, shape } = tensors.get(name)!
    return { dims: shape, read: () => Promise.resolve(Float32Array.from(data)) }
  }
  const matrix = (name: string): MatrixSource => {
    const { data, shape } = tensors.get(name)!
    const [rows = 0, columns = 0] = shape
    const values = Float32Array.from(data)
    const read = (first: number, count: number) =>
      Promise.resolve({ values: new Uint8Array(values.slice(first * columns, (first + count) * columns).buffer) })
    return { ...vector(name), stored: { rows, columns, format: { kind: 'f32' }, turned: false, zeros: false, read } }
  }
  const half = config.headDim / 2
  const layers = Array.from({ length: config.layers }, (_, l) => {
    const at = (name: string) => `model.layers.${l}.${name}`
    const one = (name: string) => tensors.has(at(name)) && vector(at(name))
    const [qBias, kBias, vBias] = ['q', 'k', 'v'].map((each) => one(`self_attn.${each}_proj.bias`))
    const [qNorm, kNorm] = ['q', 'k'].map((each) => one(`self_attn.${each}_norm.weight`))
    return {
      inputNorm: vector(at('input_layernorm.weight')),
      postNorm: vector(at('post_attention_layernorm.weight')),
      q: matrix(at('self_attn.q_proj.weight')),
      k: matrix(at('self_attn.k_proj.weight')),
      v: matrix(at('self_attn.v_proj.weight')),
      o: matrix(at('self_attn.o_proj.weight')),
      gate: matrix(at('mlp.gate_proj.weight')),
      up: matrix(at('mlp.up_proj.weight')),
      down: matrix(at('mlp.down_proj.weight')),
      ...(qBias && { qBias }),
      ...(kBias && { kBias }),
      ...(vBias && { vBias }),
      ...(qNorm && { qNorm }),
      ...(kNorm && { kNorm }),
    }
  })
  return {
    config,
    weights: { embedding: matrix('model.embed_tokens.weight'), finalNorm: vector('model.norm.weight'), layers },
    dialect: 'optimum',
    dtype: 'f32',
    activations: 'f32' as Model['activations'],
    rope: {
      rows: config.contextLength,
      tables(count) {
        const table = (f: (angle: number) => number) =>
          Float64Array.from({ length: count * half }, (_, i) => f(Math.floor(i / half) * config.ropeTheta ** (-(i % half) / half)))
        return Promise.resolve({ cos: table(Math.cos), sin: table(Math.sin) })
      },
    },
    warnings: [],
  }
}

/** Models by their names below `root`. */
export function safetensorsHost(root: string): Host {
  return {
    ...createFakeHost(),
    async describe(id) {
      const { config } = await readConfig(openDisk(join(root, id)))
      return { id, family: config.family, parameters: 0, contextLength: config.contextLength, vocabulary: config.vocabulary, bytes: 0 }
    },
    async open({ model, start, adapter }) {
      const gpu = await openGpu(await requestAdapter(await nodeGpu()))
      const source = await modelOf(join(root, model))
      const decoder = await loadModel(gpu, source)
      const begun = start && readPeft(start)
      const { shape, alpha } = begun ?? { shape: loraShape(adapter), alpha: adapter.alpha }
      const lora = new LoraParameters(gpu, decoder.config, shape)
      if (begun) {
        const flat = new Float32Array(lora.parameters.size)
        for (const place of lora.all) flat.set(begun.tensors.get(place.name)!.data, place.start)
        gpu.write(lora.parameters, flat)
      } else lora.initialise(adapter.seed)
      const { contextLength, vocabulary, eos } = source.config
      const info = {
        model, contextLength, vocabulary, eos,
        parameters: 0,
        adapter: { rank: shape.rank, alpha, targets: [...shape.targets], parameters: lora.count },
        can: { ...CAPABILITIES, valueHead: false },
        device: { name: 'a test', software: true, tier: 'barrier-free' },
      }
      return new Engine(gpu, decoder, lora, info, { activations: 2 ** 26, cache: 2 ** 26 }, adapter.seed)
    },
  }
}
