/**
 * Counter-based random numbers: the n-th number of a stream is a hash of the stream's key and n, so an example needs no state.
 * The mixer is the 32-bit finaliser of MurmurHash3 (public domain, Austin Appleby).
 */

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** 32 bits that depend on every one of the integers and their order. */
export function hash(...parts: number[]): number {
  let h = 0x9e3779b9
  for (const part of parts) h = mix(Math.imul(h, 31) ^ mix((part | 0) + 0x7f4a7c15))
  return h
}

/** The same for a text, by its UTF-16 units. */
export function hashText(text: string): number {
  let h = 0x9e3779b9
  for (let i = 0; i < text.length; i++) h = mix(Math.imul(h, 31) ^ text.charCodeAt(i))
  return h
}

/** Draws whole numbers from low to high, both included; a range of up to 2³² numbers is even to one part in 2³²/range. */
export type Draw = (low: number, high: number) => number

export function stream(...key: number[]): Draw {
  const start = hash(...key)
  let n = 0
  return (low, high) => low + Math.floor((hash(start, n++) / 2 ** 32) * (high - low + 1))
}

/** The numbers 0 … n − 1 in an order that depends on the key alone (Fisher and Yates). */
export function shuffled(n: number, ...key: number[]): number[] {
  const random = stream(...key)
  const order = Array.from({ length: n }, (_, i) => i)
  for (let last = n - 1; last > 0; last--) {
    const at = random(0, last)
    ;[order[last], order[at]] = [order[at]!, order[last]!]
  }
  return order
}

/** Which of n things comes as the i-th: each once an epoch, each epoch in an order of its own that depends on the seed. */
export function dealt(n: number): (i: number, seed: number) => number {
  let epoch = { seed: 0, number: -1, order: [] as number[] } // only kept so that it need not be shuffled for each i
  return (i, seed) => {
    const number = Math.floor(i / n)
    if (epoch.number !== number || epoch.seed !== seed) epoch = { seed, number, order: shuffled(n, seed, number) }
    return epoch.order[i % n]!
  }
}
