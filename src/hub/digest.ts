/**
 * SHA-256 and SHA-1 (FIPS 180-4) over bytes that come piece by piece; WebCrypto only digests what is whole in memory. The Hub
 * names its large files by SHA-256 (Git LFS) and the others by Git's own name, SHA-1 over "blob <size>\0" and the bytes.
 */

/** Bytes in, then once `hex()`. */
export class Digest {
  private readonly block = new Uint8Array(64)
  private readonly words = new Int32Array(80)
  private readonly state: Int32Array
  private filled = 0
  private total = 0

  constructor(private readonly kind: 'sha256' | 'sha1') {
    this.state = Int32Array.from(kind === 'sha256' ? START_256 : START_1)
  }

  update(bytes: Uint8Array): this {
    let at = 0
    this.total += bytes.length
    if (this.filled > 0) {
      at = Math.min(64 - this.filled, bytes.length)
      this.block.set(bytes.subarray(0, at), this.filled)
      this.filled += at
      if (this.filled < 64) return this
      this.take(this.block, 0)
    }
    for (; at + 64 <= bytes.length; at += 64) this.take(bytes, at)
    this.block.set(bytes.subarray(at))
    this.filled = bytes.length - at
    return this
  }

  /** Ends the digest: one bit, zeros, and the number of bits in 64 bits. */
  hex(): string {
    const bits = this.total * 8
    const end = new Uint8Array(this.filled < 56 ? 64 - this.filled : 128 - this.filled)
    end[0] = 0x80
    const view = new DataView(end.buffer)
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(end.length - 4, bits % 2 ** 32)
    this.update(end)
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private take(bytes: Uint8Array, at: number): void {
    const words = this.words
    for (let i = 0; i < 16; i++, at += 4) words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
    if (this.kind === 'sha256') round256(this.state, words)
    else round1(this.state, words)
  }
}

const PRIMES: number[] = []
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n)
/** The first 32 bits of a root's fraction, exactly: floor(n^(1/k) · 2³²), found among integers. */
function fraction(n: number, k: 2n | 3n): number {
  const target = BigInt(n) << (32n * k)
  let root = BigInt(Math.floor(n ** (1 / Number(k)) * 2 ** 32))
  while (root ** k > target) root--
  while ((root + 1n) ** k <= target) root++
  return Number(BigInt.asIntN(32, root))
}
const START_256 = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2n))
const K = Int32Array.from(PRIMES, (prime) => fraction(prime, 3n))
const START_1 = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]

function round256(state: Int32Array, w: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!
    const y = w[i - 2]!
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0
  }
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  let f = state[5]!
  let g = state[6]!
  let h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[i]! + w[i]!) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
  state[4]! += e
  state[5]! += f
  state[6]! += g
  state[7]! += h
}

function round1(state: Int32Array, w: Int32Array): void {
  for (let i = 16; i < 80; i++) {
    const x = w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!
    w[i] = (x << 1) | (x >>> 31)
  }
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  for (let i = 0; i < 80; i++) {
    const f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d)
    const k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6
    const next = (((a << 5) | (a >>> 27)) + f + e + k + w[i]!) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
  state[4]! += e
}
