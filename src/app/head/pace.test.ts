import { describe, expect, it } from 'vitest'
import { createPace } from './pace'

describe('time left', () => {
  it('forgets the way to the first report once a second one has come, and does not count pauses', () => {
    let clock = 0
    const pace = createPace(10, () => clock)
    pace.state('running')
    clock = 5000
    expect(pace.report(1)).toBe(45)
    clock = 6000
    expect(pace.report(2)).toBe(8)
    pace.state('paused')
    clock = 100_000
    pace.state('running')
    clock = 103_000
    expect(pace.report(3)).toBe(14) // (1 + 3) / 2 s for each of 7
    expect(pace.report(10)).toBe(0)
  })

  it('knows nothing of a run that it has not seen running', () => {
    expect(createPace(10, () => 0).report(1)).toBeUndefined()
  })
})
