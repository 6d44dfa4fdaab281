/** Numbers of transformers 5.23 (ROPE_INIT_FUNCTIONS, float32). */
import { describe, expect, it } from 'vitest'
import { frequencies, readScaling } from './scaling'

const YARN = { rope_type: 'yarn', original_max_position_embeddings: 32 }
const LONG = { rope_type: 'yarn', factor: 8, original_max_position_embeddings: 512 }
const LLAMA3 = { rope_type: 'llama3', factor: 4, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 48 }
const longAngles = [1, 0.2470529, 0.05625, 0.01087033, 0.00125, 0.0003952847, 0.000125, 3.952847e-5]
const yarnAngles = [1, 0.1976424, 0.025, 0.007905695, 0.0025, 0.0007905695, 0.00025, 7.905695e-5]

interface Case {
  json: Record<string, unknown>
  theta?: number
  context?: number
  angles: number[]
  amplitude: number
}

const cases: Record<string, Case> = {
  plain: { json: {}, angles: [1, 0.3162278, 0.1, 0.03162278, 0.01, 0.003162278, 0.001, 0.0003162278], amplitude: 1 },
  linear: {
    json: { type: 'linear', factor: 2 },
    angles: [0.5, 0.1581139, 0.05, 0.01581139, 0.005, 0.001581139, 0.0005, 0.0001581139],
    amplitude: 1,
  },
  dynamic: {
    json: { type: 'dynamic', factor: 2 },
    angles: [1, 0.3162278, 0.1, 0.03162278, 0.01, 0.003162278, 0.001, 0.0003162278],
    amplitude: 1,
  },
  llama3: {
    json: LLAMA3,
    theta: 5e5,
    angles: [1, 0.07182223, 0.009401508, 0.001823166, 0.0003535534, 6.856205e-5, 1.329574e-5, 2.578346e-6],
    amplitude: 1,
  },
  yarn: { json: { ...YARN, factor: 4 }, angles: yarnAngles, amplitude: 1.138629436111989 },
  'yarn, its factor from the lengths': { json: { ...YARN, factor: null }, angles: yarnAngles, amplitude: 1.138629436111989 },
  'yarn, ends not rounded': {
    json: { ...YARN, factor: 4, truncate: false, beta_fast: 2, beta_slow: 0.25 },
    angles: [1, 0.2915256, 0.0506644, 0.007905695, 0.0025, 0.0007905695, 0.00025, 7.905695e-5],
    amplitude: 1.138629436111989,
  },
  'yarn, weighed': {
    json: { ...LONG, mscale: 0.7, mscale_all_dim: 0.3 },
    context: 4096,
    angles: longAngles,
    amplitude: 1.0782934613857693,
  },
  'yarn, its amplitude given': { json: { ...LONG, attention_factor: 1.5 }, context: 4096, angles: longAngles, amplitude: 1.5 },
}

describe('rotary frequencies', () => {
  it.each(Object.entries(cases))('%s', (_, { json, theta = 1e4, context = 128, angles, amplitude }) => {
    const found = frequencies({ headDim: 16, ropeTheta: theta }, readScaling(json, { contextLength: context }, 'here'))
    expect(found.amplitude).toBeCloseTo(amplitude, 12)
    expect(found.angles.length).toBe(8)
    found.angles.forEach((angle, i) => expect(angle / angles[i]!, `${i}`).toBeCloseTo(1, 6))
  })

  it('refuses what is not known, missing or no number', () => {
    const read = (json: Record<string, unknown>) => () => readScaling(json, { contextLength: 8 }, 'config.json of x')
    expect(read({ rope_type: 'mrope' })).toThrow('config.json of x: the rope type is "mrope", and only default, linear,')
    expect(read({ ...LLAMA3, low_freq_factor: undefined })).toThrow('low_freq_factor of the llama3 rope scaling is missing')
    expect(read({ type: 'linear', factor: -2 })).toThrow('factor of the linear rope scaling is -2')
    expect(read({ type: 'linear', factor: '2' })).toThrow('factor of the linear rope scaling is "2"')
  })
})
