import { describe, expect, it } from 'vitest'
import { parseSpec } from '../../runs/spec'
import { statusOf, type Facts } from './status'

const device = { state: 'absent', why: 'This browser has no WebGPU' } as const
const ready: Facts['device'] = {
  state: 'ready',
  profile: { name: 'x', software: false, tier: 'plain', limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 }, features: [] },
}
const facts: Facts = { state: 'opening', pausing: false, device: ready, reports: [], evaluations: [], steps: 30, progress: undefined }

describe('status', () => {
  it('tells each stage of opening with its share', () => {
    expect(statusOf(facts).words).toBe('opening the model')
    const downloading = { phase: 'downloading', file: 'onnx/model.onnx', loaded: 1, total: 4 } as const
    expect(statusOf({ ...facts, progress: downloading })).toEqual({ words: 'downloading 25 %', fraction: 0.25 })
    expect(statusOf({ ...facts, progress: { phase: 'uploading', done: 1e8, total: 4e8 } })).toEqual({ words: 'loading 25 %', fraction: 0.25 })
    expect(statusOf({ ...facts, state: 'paused', progress: downloading })).toEqual({ words: 'download paused 25 %', fraction: 0.25 })
    expect(statusOf({ ...facts, progress: { phase: 'compiling', done: 3, total: 3 } })).toEqual({ words: 'compiling 100 %', fraction: 1 })
    expect(statusOf({ ...facts, progress: { ...downloading, total: 0 } }).words).toBe('downloading')
  })

  it('tells the rate of a download and the time left, or why it waits', () => {
    const now = { phase: 'downloading', file: 'x', loaded: 1e6, total: 4e6, doing: 'downloading', rate: 3e5, secondsLeft: 10 } as const
    expect(statusOf({ ...facts, progress: now }).words).toBe('downloading 25 %, 300 kB/s, 10 s left')
    const waiting = { ...now, doing: 'waiting', why: 'the line was lost' } as const
    expect(statusOf({ ...facts, progress: waiting })).toEqual({ words: 'the line was lost', fraction: 0.25 })
    expect(statusOf({ ...facts, progress: { ...now, doing: 'checking' } as const }).words).toBe('checking 25 %')
  })

  it('tells a missing GPU before anything else, and a pause that waits for its step', () => {
    expect(statusOf({ ...facts, state: 'idle', device }).words).toBe('no WebGPU here')
    expect(statusOf({ ...facts, device: { state: 'absent', why: 'The worker stopped' } }).words).toBe('no engine')
    expect(statusOf({ ...facts, state: 'idle', device: { state: 'asking' } }).words).toBe('looking for the GPU')
    expect(statusOf({ ...facts, state: 'running', pausing: true }).words).toBe('pausing …')
    const reports = [{ step: 1, metrics: {}, groups: [], resumable: true }]
    expect(statusOf({ ...facts, state: 'paused', reports, steps: 4 })).toEqual({ words: 'paused', fraction: 0.25 })
  })
  it('tells when held-out problems are being answered', () => {
    const share = { problems: 1, correct: 1, accuracy: 1, low: 0, high: 1, temperature: 1, rounds: 1, generations: 1, meanLength: 1 }
    const evaluation = { ...share, step: 0, numTokens: 0, questions: 0, seconds: 0 }
    const running: Facts = { ...facts, state: 'running', spec: parseSpec({ evaluation: { every: 2 } }) }
    const made = (step: number) => [{ step, metrics: {}, groups: [], resumable: true }]
    expect(statusOf(running).words).toBe('measuring')
    expect(statusOf({ ...running, evaluations: [evaluation] }).words).toBe('running')
    expect(statusOf({ ...running, evaluations: [evaluation], reports: made(1) }).words).toBe('running')
    expect(statusOf({ ...running, evaluations: [evaluation], reports: made(2) }).words).toBe('measuring')
    expect(statusOf({ ...running, spec: parseSpec({ evaluation: { problems: 0 } }) }).words).toBe('running')
  })
})
