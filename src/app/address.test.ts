import { describe, expect, it } from 'vitest'
import { parseSpec } from '../runs/spec'
import { linkTo, readAddress } from './address'

describe('the address', () => {
  it('carries a spec there and back', () => {
    const spec = parseSpec({ seed: 7, steps: 12 })
    const link = linkTo(spec, 'http://localhost:5173/page/?run#old')
    expect(link).toBe('http://localhost:5173/page/#v1&steps=12&seed=7')
    expect(linkTo(spec, link, 'tiled')).toBe(`${link}&@tier=tiled`)
    expect(readAddress(link)).toEqual({ spec, run: false })
  })

  it('starts at once when it says so, but not with a damaged spec', () => {
    expect(readAddress('http://localhost/?run')).toEqual({ spec: undefined, run: true })
    const damaged = readAddress('http://localhost/?run#spec=***')
    expect(damaged.run).toBe(false)
    expect(damaged.complaint).toContain('damaged')
  })
})
