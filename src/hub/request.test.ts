import { describe, expect, it } from 'vitest'
import { Meter, type FileProgress } from './meter'
import { askedPause, backOff, PATIENCE, wait } from './request'

describe('patience', () => {
  it('doubles up to half a minute, never to the same instant', () => {
    const times = (failures: number) => Array.from({ length: 200 }, () => backOff(PATIENCE, failures) / 1000)
    for (const [failures, seconds] of [[1, 1], [2, 2], [4, 8], [6, 30], [50, 30]] as const) {
      expect(Math.min(...times(failures))).toBeGreaterThanOrEqual(0.75 * seconds)
      expect(Math.max(...times(failures))).toBeLessThanOrEqual(1.25 * seconds)
      expect(new Set(times(failures)).size).toBeGreaterThan(100)
    }
  })

  it('reads how long a server asks to wait', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    const asked = (headers: Record<string, string>) => askedPause(new Headers(headers), now)
    expect(asked({ 'retry-after': '7' })).toBe(7000)
    expect(asked({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' })).toBe(60_000)
    expect(asked({ 'retry-after': 'Thu, 01 Jan 2025 00:01:00 GMT' })).toBe(0)
    expect(asked({ ratelimit: '"api";r=0;t=55' })).toBe(55_000)
    expect(asked({})).toBeUndefined()
  })

  it('ends when it is told to', async () => {
    const stop = new AbortController()
    const waiting = wait(60_000, stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(wait(60_000, stop.signal)).rejects.toThrow('enough')
  })
})

describe('progress', () => {
  it('tells rate and time left of the last seconds, ten times a second at most', () => {
    let time = 0
    const told: FileProgress[] = []
    const meter = new Meter('x', 1e9, (progress) => told.push(progress), () => time)
    meter.begin(100e6)
    expect(told.at(-1)).toEqual({ file: 'x', loaded: 100e6, total: 1e9, doing: 'downloading' })
    const run = (seconds: number, rate: number) => {
      for (let i = 0; i < seconds * 50; i++) {
        time += 0.02
        meter.came(rate * 0.02)
      }
    }
    run(10, 20e6)
    expect(told.at(-1)?.rate).toBeCloseTo(20e6, -4)
    expect(told.at(-1)?.secondsLeft).toBeCloseTo(700 / 20, 0)
    expect(told.length).toBeLessThanOrEqual(102)
    run(20, 5e6)
    expect(told.at(-1)?.rate).toBeGreaterThan(4.9e6)
    expect(told.at(-1)?.rate).toBeLessThan(5.3e6)
    meter.wait('the line was lost', 4.2)
    expect(told.at(-1)).toMatchObject({ doing: 'waiting', why: 'the line was lost; trying again in 4 s' })
    meter.end()
    expect(told.at(-1)).toMatchObject({ loaded: 1e9, secondsLeft: 0 })
  })
})
