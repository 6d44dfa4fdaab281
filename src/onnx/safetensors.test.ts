import { describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from './safetensors'

function file(header: Record<string, unknown>, data: number[]): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(data, 8 + json.length)
  return bytes
}

describe('safetensors', () => {
  it('reads back what it writes, to the bit, from any offset', () => {
    const tensors: [string, { shape: number[]; data: Float32Array }][] = [
      ['a.weight', { shape: [2, 3], data: Float32Array.of(1, -0, 3.1, 1e-45, 5, Number.NaN) }],
      ['b', { shape: [], data: Float32Array.of(7) }],
      ['empty', { shape: [0, 4], data: new Float32Array(0) }],
    ]
    const bytes = writeSafetensors(tensors)
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    for (const input of [bytes, shifted.subarray(3)]) {
      const read = readSafetensors(input)
      expect([...read.keys()]).toEqual(['a.weight', 'b', 'empty'])
      for (const [name, { shape, data }] of tensors) {
        expect(read.get(name)!.shape).toEqual(shape)
        expect(new Uint8Array(read.get(name)!.data.buffer)).toEqual(new Uint8Array(data.buffer))
      }
    }
  })

  it('reads half and double precision', () => {
    const half = [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b] // 1, −2, 2⁻²⁴, 65504
    const brain = [0x80, 0x3f, 0x49, 0x40] // 1, 3.140625
    const double = [...new Uint8Array(Float64Array.of(0.1).buffer)]
    const read = readSafetensors(
      file(
        {
          h: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
          b: { dtype: 'BF16', shape: [2], data_offsets: [8, 12] },
          d: { dtype: 'F64', shape: [1], data_offsets: [12, 20] },
        },
        [...half, ...brain, ...double],
      ),
    )
    expect([...read.get('h')!.data]).toEqual([1, -2, 2 ** -24, 65504])
    expect([...read.get('b')!.data]).toEqual([1, 3.140625])
    expect([...read.get('d')!.data]).toEqual([Math.fround(0.1)])
  })

  it('refuses truncated files, other types and shapes that do not fit, in one sentence', () => {
    const bytes = writeSafetensors([['a', { shape: [2], data: Float32Array.of(1, 2) }]])
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.subarray(0, length), 'x')).toThrow(/^x[^\n]+\.$/)
    }
    expect(() => readSafetensors(file({ q: { dtype: 'I8', shape: [1], data_offsets: [0, 1] } }, [0]))).toThrow('tensor q has the type I8')
    expect(() => writeSafetensors([['a', { shape: [3], data: Float32Array.of(1, 2) }]])).toThrow('does not hold 2 values')
  })
})
