/** Turns: one session after the other, each within its time, and a session in the middle of its work keeps its turn. */
import { describe, expect, it } from 'vitest'
import { FairQueue } from './queue'

const soon = () => new Promise((resolve) => setTimeout(resolve, 2))

describe('the fair queue', () => {
  it('runs one piece of work at a time, all of it, and passes results and errors on', async () => {
    const queue = new FairQueue({ waiting: 10, turn: 1000, slice: 1000, grace: 0 })
    let running = 0
    const work = async (value: number) => {
      expect(++running).toBe(1)
      await soon()
      running--
      return value
    }
    const results = [1, 2, 3].map((value) => queue.add(value === 2 ? 'b' : 'a', () => work(value)))
    await expect(queue.add('c', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await Promise.all(results)).toEqual([1, 2, 3])
    expect(queue.length).toBe(0)
  })

  it('gives every session its turn, however much one of them hands in', async () => {
    const queue = new FairQueue({ waiting: 100, turn: 0, slice: 0, grace: 0 })
    const order: string[] = []
    const add = (session: string) => queue.add(session, async () => {
      order.push(session)
      await soon()
    })
    await Promise.all([...Array.from({ length: 6 }, () => add('greedy')), add('b'), add('c')])
    expect(Math.max(order.indexOf('b'), order.indexOf('c'))).toBeLessThanOrEqual(3)
  })

  it('leaves the turn to a session whose next request comes right after its last answer', async () => {
    const queue = new FairQueue({ waiting: 100, turn: 1000, slice: 1000, grace: 200 })
    const order: string[] = []
    const step = async (session: string) => {
      for (let i = 0; i < 3; i++) {
        await queue.add(session, async () => {
          order.push(session)
          await soon()
        })
      }
    }
    await Promise.all([step('a'), step('b')])
    expect(order).toEqual(['a', 'a', 'a', 'b', 'b', 'b'])
  })

  it('takes the turn from a session that rests after its slice, and not in the middle of a step', async () => {
    const queue = new FairQueue({ waiting: 100, turn: 1000, slice: 5, grace: 200 })
    const order: string[] = []
    const run = async (session: string) => {
      for (let i = 0; i < 6; i++) {
        await queue.add(session, async () => {
          order.push(session)
          for (let j = 0; j < 3; j++) await soon()
          if (i % 3 === 2) queue.rest()
        })
      }
    }
    await Promise.all([run('a'), run('b')])
    expect(order.join('')).toMatch(/^aaabbb(aaa|bbb)+$/)
  })

  it('lets a client that is slow to come back wait for one turn of the others, not for all of theirs', async () => {
    const queue = new FairQueue({ waiting: 1000, turn: 500, slice: 20, grace: 2 })
    const order: string[] = []
    const piece = (session: string) => queue.add(session, async () => {
      order.push(session)
      await soon()
      queue.rest()
    })
    let going = true
    const greedy = ['a', 'b', 'c', 'd', 'e', 'f'].map(async (session) => {
      while (going) await Promise.all(Array.from({ length: 10 }, () => piece(session)))
    })
    let before = 0
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => setTimeout(resolve, 6)) // longer than the grace
      const asked = order.length
      await piece('slow')
      before += new Set(order.slice(asked, order.indexOf('slow', asked))).size
    }
    going = false
    await Promise.all(greedy)
    console.log(`sessions that were served before it: ${before / 10}`)
    expect(before / 10).toBeLessThan(3) // in turn after all of the others it would be 6
  })

  it('refuses what is too much for one session', () => {
    const queue = new FairQueue({ waiting: 2, turn: 1000, slice: 1000, grace: 0 })
    const never = () => new Promise(() => undefined)
    for (let i = 0; i < 3; i++) void queue.add('a', never)
    expect(() => queue.add('a', never)).toThrow('wait already')
    void queue.add('b', never)
  })
})
