/**
 * Protobuf's wire format (protobuf.dev/programming-guides/encoding), walked field by field over a file that is read in
 * windows: large payloads are passed over and never read. Wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
 */

/** Bytes [offset, offset + length) of one file; must return exactly `length` bytes. */
export type ReadBytes = (offset: number, length: number) => Promise<Uint8Array>

export interface Field {
  number: number
  wire: 0 | 1 | 2 | 5
  /** Of the payload. */
  offset: number
  length: number
  /** Of a varint, as a signed 64-bit number (exact up to 2⁵³). */
  value: number
}

const WINDOW = 65_536
/** Names and lists of integers are never longer, in bytes: more is a payload that a damaged file calls a name. */
const LONGEST = { name: 512, list: 65_536 }
const utf8 = new TextDecoder()

export class ProtobufFile {
  private window: Uint8Array = new Uint8Array(0)
  private windowStart = 0

  constructor(
    private readonly readBytes: ReadBytes,
    readonly size: number,
    /** For error messages. */
    readonly name: string,
  ) {}

  /** The fields of the message in [start, end). Throws one sentence where the bytes end too early or mean nothing. */
  async *fields(start: number, end: number): AsyncGenerator<Field> {
    let at = start
    while (at < end) {
      await this.show(at, Math.min(20, end - at)) // a tag and a length have at most ten bytes each
      const tag = this.varint(at, end)
      const number = Math.floor(tag.value / 8)
      const wire = tag.value % 8
      at = tag.next
      if (number < 1 || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)) throw this.damaged(at, `${tag.value} is no field`)
      if (wire === 0) {
        const { value, next } = this.varint(at, end)
        yield { number, wire, offset: at, length: next - at, value }
        at = next
        continue
      }
      let length = wire === 1 ? 8 : 4
      if (wire === 2) {
        const head = this.varint(at, end)
        at = head.next
        length = head.value
      }
      if (length < 0 || length > end - at) throw this.damaged(at, `field ${number} says ${length} bytes and ${end - at} are left`)
      yield { number, wire, offset: at, length, value: 0 }
      at += length
    }
  }

  async bytes(offset: number, length: number): Promise<Uint8Array> {
    if (length > WINDOW) return this.readBytes(offset, length)
    await this.show(offset, length)
    return this.window.subarray(offset - this.windowStart, offset - this.windowStart + length)
  }

  async text(field: Field): Promise<string> {
    if (field.length > LONGEST.name) throw this.damaged(field.offset, `a name of ${field.length} bytes`)
    // Names end up in sentences, which have one line.
    return utf8.decode(await this.bytes(field.offset, field.length)).replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')
  }

  /** A field of wire type 5. */
  async float32(field: Field): Promise<number> {
    const bytes = await this.bytes(field.offset, 4)
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true)
  }

  /** The varints of a repeated integer field, whether packed or not. */
  async integers(field: Field): Promise<number[]> {
    if (field.wire === 0) return [field.value]
    if (field.length > LONGEST.list) throw this.damaged(field.offset, `a list of ${field.length} bytes`)
    const values = decodeVarints(await this.bytes(field.offset, field.length))
    if (!values) throw this.damaged(field.offset, 'a number does not end')
    return values
  }

  damaged(at: number, what: string): Error {
    return new Error(`${this.name} is truncated or damaged at byte ${at} of ${this.size}: ${what}; download or copy the file again.`)
  }

  private varint(at: number, end: number): { value: number; next: number } {
    const shift = this.windowStart
    const found = decodeVarint(this.window, at - shift, Math.min(this.window.length, end - shift))
    if (!found) throw this.damaged(at, 'a number does not end')
    return { value: found.value, next: found.next + shift }
  }

  private async show(offset: number, length: number): Promise<void> {
    if (offset >= this.windowStart && offset + length <= this.windowStart + this.window.length) return
    if (offset + length > this.size) throw this.damaged(offset, `${length} bytes are needed and ${this.size - offset} are left`)
    this.window = await this.readBytes(offset, Math.min(WINDOW, this.size - offset))
    this.windowStart = offset
  }
}

/** All numbers of a packed field; undefined where the last does not end. */
export function decodeVarints(bytes: Uint8Array): number[] | undefined {
  const values: number[] = []
  for (let i = 0; i < bytes.length;) {
    const found = decodeVarint(bytes, i, bytes.length)
    if (!found) return undefined
    values.push(found.value)
    i = found.next
  }
  return values
}

function decodeVarint(bytes: Uint8Array, at: number, end: number): { value: number; next: number } | undefined {
  let low = 0 // bits 0 to 27
  let value = 0n
  for (let i = at, shift = 0; i < end && shift < 70; i++, shift += 7) {
    const byte = bytes[i]!
    if (shift < 28) low |= (byte & 0x7f) << shift
    else value |= BigInt(byte & 0x7f) << BigInt(shift)
    if (byte < 0x80) return { value: shift < 28 ? low : Number(BigInt.asIntN(64, value | BigInt(low))), next: i + 1 }
  }
  return undefined
}
