/** IEEE 754 binary16 and bfloat16 as numbers. */

/** A number of 16 bits: sign, 5 bits of exponent, 10 of fraction. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The upper half of a float32. */
export function fromBrain(bits: number): number {
  WORD[0] = bits << 16
  return FLOAT[0]!
}

const WORD = new Uint32Array(1)
const FLOAT = new Float32Array(WORD.buffer)

/** The nearest number of 16 bits, to the even one between two; an infinity beyond 65504. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(-14, Math.floor(Math.log2(size)))
  // in units of the last place: fraction and exponent run on into each other
  const units = size / 2 ** (exponent - 10)
  const floor = Math.floor(units)
  const rest = units - floor
  const rounded = floor + Number(rest > 0.5 || (rest === 0.5 && floor % 2 === 1))
  return sign | (rounded + (exponent + 14) * 1024)
}
