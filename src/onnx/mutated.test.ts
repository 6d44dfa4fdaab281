/**
 * Damaged files: whatever is wrong with them, they are read, or refused with one clear sentence, at once and without taking memory.
 * ETUDE_MUTATIONS sets how many (a few hundred unless said), ETUDE_SEED where they start.
 */
import { describe, expect, it } from 'vitest'
import { expectSentence, readAll } from './damage.fixture'
import {
  attribute, memory, model, mutate, node, seeded, tensor, tinyFile, tinyNodes, tinyTensors, TINY_CONFIG, type TensorFixture,
} from './fixture' // prettier-ignore
import { readSafetensors, writeSafetensors } from './safetensors'

const COUNT = Number(process.env.ETUDE_MUTATIONS ?? 300)
const SEED = Number(process.env.ETUDE_SEED ?? 5)

/** A graph of four-bit weights, with the same names. */
function quantisedFile(): Uint8Array {
  const codes = { dims: [6, 1, 8], dtype: 2, values: Array.from({ length: 12 }, (_, i) => i / 7) }
  const tensors: Record<string, TensorFixture> = { ...tinyTensors(), up_Q4: codes, up_scales: { dims: [6], values: [1, 2, 3, 4, 5, 6] } }
  delete tensors['model.layers.0.mlp.up_proj.MatMul.weight']
  const up = {
    name: '/model/layers.0/mlp/up_proj/MatMul_Q4', op: 'MatMulNBits', domain: 'com.microsoft', inputs: ['x', 'up_Q4', 'up_scales'],
    attributes: Object.entries({ K: 4, N: 6, bits: 4, block_size: 16 }).map(([name, value]) => attribute.integer(name, value)),
  } // prettier-ignore
  return model([...tinyNodes(), up].map(node), Object.entries(tensors).map(([name, fixture]) => tensor(name, fixture)))
}

describe(`damaged files (${COUNT} of each, seed ${SEED})`, () => {
  const config = JSON.stringify({ ...TINY_CONFIG, rope_scaling: { type: 'yarn', factor: 2, original_max_position_embeddings: 4 } })
  const files: [string, Uint8Array][] = [['float', tinyFile()], ['four bits', quantisedFile()]] // prettier-ignore

  it.each(files)('ONNX: %s', async (_, whole) => {
    const random = seeded(SEED)
    await readAll(memory({ 'config.json': config, 'onnx/model.onnx': whole }), 'onnx/model.onnx')
    let refused = 0
    for (let i = 0; i < COUNT; i++) {
      const repository = memory({ 'config.json': config, 'onnx/model.onnx': mutate(whole, random) })
      if (await expectSentence(() => readAll(repository, 'onnx/model.onnx'), `case ${i}`)) refused++
    }
    expect(refused).toBeGreaterThan(COUNT / 3)
  })

  it('config.json: bytes', async () => {
    const random = seeded(SEED)
    const text = new TextEncoder().encode(config)
    for (let i = 0; i < COUNT; i++) {
      const damaged = mutate(text, random)
      await expectSentence(() => readAll(memory({ 'config.json': damaged, 'onnx/model.onnx': tinyFile() }), 'onnx/model.onnx'), `case ${i}`)
    }
  })

  it('config.json: values', async () => {
    const random = seeded(SEED)
    const odd = [null, -1, 0, 0.5, 1e308, 2 ** 31, 2 ** 53, '', 'x', true, [], {}, [null], { type: 7 }, 'yarn', 3, 1e6]
    const plain = JSON.parse(config) as Record<string, unknown>
    const scaling = plain.rope_scaling as Record<string, unknown>
    const keys = [...Object.keys(plain), 'head_dim', 'layer_types', 'sliding_window', 'rope_parameters', 'bos_token_id', 'num_experts']
    for (let i = 0; i < COUNT; i++) {
      const pick = <T>(list: T[]) => list[Math.floor(random() * list.length)]!
      const changed = { ...plain, [pick(keys)]: pick(odd) }
      if (random() < 0.3) changed.rope_scaling = { ...scaling, [pick([...Object.keys(scaling), 'beta_fast', 'rope_type'])]: pick(odd) }
      const text = JSON.stringify(changed)
      await expectSentence(() => readAll(memory({ 'config.json': text, 'onnx/model.onnx': tinyFile() }), 'onnx/model.onnx'), text)
    }
  })

  it('safetensors', async () => {
    const random = seeded(SEED)
    const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5) })
    const whole = writeSafetensors([['a.weight', tensor(3, 4)], ['b', tensor(2)]]) // prettier-ignore
    for (let i = 0; i < COUNT; i++) {
      const damaged = mutate(whole, random)
      await expectSentence(() => void readSafetensors(damaged, 'adapter.safetensors'), `case ${i}`)
    }
  })
})
