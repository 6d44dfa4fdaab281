import { describe, expect, it } from 'vitest'
import { attribute, block, floats, integer, memory, model, node, tensor, tinyFile, varint, type TensorFixture } from './fixture'
import { elementsOf, readFloats } from './bytes'
import { scan, type Tensor } from './scan'
import { besideFile, type Place } from './weight'

const readAll = (place: Place, whole: Tensor) => readFloats(place, whole, 0, elementsOf(whole))

const open = (bytes: Uint8Array) => {
  const repository = memory({ 'm.onnx': bytes })
  return { repository, graph: scan((offset, length) => repository.read('m.onnx', offset, length), bytes.length, 'm.onnx') }
}

describe('scan', () => {
  const values = [1, -2.5, 3, 4e-9, 5, 6]
  const forms: [string, TensorFixture][] = [
    ['raw', { dims: [2, 3], values }],
    ['packed dims', { dims: [2, 3], values, packedDims: true }],
    ['packed float_data', { dims: [2, 3], values, form: 'packed' }],
    ['single float_data', { dims: [2, 3], values, form: 'single', packedDims: true }],
  ]
  it.each(forms)('reads a tensor stored %s', async (_, fixture) => {
    const { repository, graph } = open(model([node({ name: 'n', op: 'MatMul' })], [tensor('w', fixture)]))
    const w = (await graph).tensors.get('w')!
    expect(w).toMatchObject({ name: 'w', dims: [2, 3], dtype: 'float32' })
    expect(await readAll({ repository, file: 'm.onnx' }, w)).toEqual(Float32Array.from(values))
  })

  it('reads nodes, attributes and the tensors of Constant nodes', async () => {
    const value = attribute.tensor('value', tensor('', { dims: [1], values: [0.5] }))
    const constant = node({ name: 'c', op: 'Constant', outputs: ['eps'], attributes: [value] })
    const gqa = node({
      name: 'a', op: 'GroupQueryAttention', domain: 'com.microsoft', inputs: ['x', '', 'y'],
      attributes: [attribute.integer('local_window_size', -1), attribute.float('scale', 0.25), attribute.integers('perm', [1, 0])],
    }) // prettier-ignore
    const { repository, graph } = open(model([constant, gqa], []))
    const { nodes, tensors, producer } = await graph
    expect(producer).toBe('by hand')
    expect(nodes[1]).toMatchObject({ name: 'a', domain: 'com.microsoft', inputs: ['x', '', 'y'], outputs: ['a_out'] })
    expect(nodes[1]!.attributes.local_window_size!.integer).toBe(-1)
    expect(nodes[1]!.attributes.scale!.float).toBe(0.25)
    expect(nodes[1]!.attributes.perm!.integers).toEqual([1, 0])
    expect(await readAll({ repository, file: 'm.onnx' }, tensors.get('eps')!)).toEqual(Float32Array.of(0.5))
  })

  it('finds tensors in several external files beside inline ones', async () => {
    const bytes = model(
      [node({ name: 'n', op: 'MatMul' })],
      [
        tensor('a', { dims: [2], external: { location: 'm.data', offset: 4, length: 8 } }),
        tensor('b', { dims: [1], external: { location: 'm.data_1' } }),
        tensor('c', { dims: [1], values: [9] }),
      ],
    )
    const beside = memory({ 'onnx/m.onnx': bytes, 'onnx/m.data': floats([1, 2, 3]), 'onnx/m.data_1': floats([7]) })
    const { tensors } = await scan((offset, length) => beside.read('onnx/m.onnx', offset, length), bytes.length, 'onnx/m.onnx')
    const read = async (name: string) => [...(await readAll({ repository: beside, file: 'onnx/m.onnx' }, tensors.get(name)!))]
    expect([await read('a'), await read('b'), await read('c')]).toEqual([[2, 3], [7], [9]])
  })

  it('passes over the weights: a file of 64 MB costs a few small reads', async () => {
    const count = 1 << 24
    // A tensor without values, then its raw_data as a hole of 64 MB that must never be asked for.
    const hole = count * 4
    const header = tensor('w', { dims: [count] }).slice(0, -2) // without `raw_data: 0 bytes`
    const tensorHead = [...header, 9 * 8 + 2, ...varint(hole)]
    const graph = [...block(1, node({ name: 'n', op: 'MatMul' })), 5 * 8 + 2, ...varint(tensorHead.length + hole), ...tensorHead]
    const head = [...integer(1, 8), 7 * 8 + 2, ...varint(graph.length + hole), ...graph]
    const tail = block(8, integer(2, 17))
    let bytesRead = 0
    const size = head.length + hole + tail.length
    const read = (offset: number, length: number): Promise<Uint8Array> => {
      bytesRead += length
      const at = (i: number) => (i < head.length ? head[i]! : i < head.length + hole ? 0 : tail[i - head.length - hole]!)
      return Promise.resolve(Uint8Array.from({ length }, (_, i) => at(offset + i)))
    }
    const { tensors } = await scan(read, size, 'big.onnx')
    expect(tensors.get('w')!.data).toEqual({ spans: [{ offset: head.length, length: hole }] })
    expect(bytesRead).toBeLessThan(300_000)
  })

  it('refuses every beginning of a file, with one sentence that says where', async () => {
    const whole = tinyFile()
    for (let length = 0; length < whole.length; length++) {
      const message = await open(whole.subarray(0, length)).graph.then(
        () => `the first ${length} bytes were taken for a model`,
        (error: unknown) => (error as Error).message,
      )
      expect(message).toMatch(/^m\.onnx (is truncated or damaged at byte \d+ of \d+: [^\n]+|holds no graph; [^\n]+)\.$/)
    }
  })

  it('refuses bytes that are no protobuf', async () => {
    await expect(open(Uint8Array.from({ length: 100 }, () => 0xff)).graph).rejects.toThrow('truncated or damaged at byte')
  })
})

describe('besideFile', () => {
  it('stays in the folder of the model', () => {
    expect(besideFile('onnx/m.onnx', 'm.data')).toBe('onnx/m.data')
    expect(besideFile('m.onnx', 'm.data')).toBe('m.data')
    for (const location of ['../m.data', '/etc/passwd', 'a/../../b', 'a\\b']) {
      expect(() => besideFile('onnx/m.onnx', location)).toThrow('outside of its folder')
    }
  })
})
