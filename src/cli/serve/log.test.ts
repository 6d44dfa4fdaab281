import { expect, it, vi } from 'vitest'
import { calmLog } from './log'

it('says a line once, and then how often it came', () => {
  vi.useFakeTimers()
  const lines: string[] = []
  const log = calmLog((line) => lines.push(line))
  for (let i = 0; i < 1000; i++) log('POST /api 401')
  log('GET / 404')
  vi.advanceTimersByTime(20_000)
  log('POST /api 401')
  expect(lines).toEqual(['POST /api 401', 'GET / 404', 'POST /api 401 (999 more times)', 'POST /api 401'])
  vi.useRealTimers()
})
