/** accuracy_level is set to 0 in the bytes of a graph, and nothing else; graphs that no setting makes compute in float32 are known. */
import { describe, expect, it } from 'vitest'
import { attribute, model, node, tensor } from '../onnx/fixture'
import { scan, type Graph } from '../onnx/scan'
import { computeInFloat, roundsActivations } from './ort-graph'

const linear = (name: string, ...attributes: number[][]) =>
  node({ name, op: 'MatMulNBits', domain: 'com.microsoft', inputs: ['x', 'w'], attributes: [attribute.integer('K', 4), ...attributes] })

function read(bytes: Uint8Array): Promise<Graph> {
  return scan((offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)), bytes.length, 'm.onnx')
}

describe('computeInFloat', () => {
  it('sets every accuracy_level to 0, whatever its length, and leaves the rest', async () => {
    const make = (...levels: number[]) => {
      const nodes = levels.map((level, i) => linear(`n${i}`, attribute.integer('accuracy_level', level), attribute.integer('bits', 4)))
      return model([...nodes, linear('none'), linear('bits', attribute.integer('block_size', 4))], [])
    }
    const bytes = make(4, 1, 0, 300)
    expect(await computeInFloat(bytes, 'm.onnx')).toBe(3)
    const wanted = await read(make(0, 0, 0, 0))
    expect((await read(bytes)).nodes).toEqual(wanted.nodes)
    expect(await computeInFloat(bytes, 'm.onnx')).toBe(0)
  })
})

describe('roundsActivations', () => {
  it.each([
    ['float32', model([linear('a')], [tensor('w', { dims: [1], values: [1] })]), undefined],
    ['float16', model([linear('a')], [tensor('w', { dims: [1], dtype: 10 })]), 'float16'],
    ['int8', model([node({ name: 'q', op: 'DynamicQuantizeLinear' })], []), '8 bits'],
  ])('%s', async (_, bytes, words) => {
    const why = roundsActivations(await read(bytes))
    if (words === undefined) expect(why).toBeUndefined()
    else expect(why).toContain(words)
  })
})
