/**
 * Zip and gzip of others, unpacked within bounds: of the zip's directory (APPNOTE 4.3.12) what is asked for, each file into as many bytes as it says and
 * no more, and all of it in proportion to what was packed.
 */
import { Gunzip, Inflate } from 'fflate'

/** Bytes that everything may unpack to: texts of a run pack ten- to thirtyfold, weights hardly at all. */
export const mostOf = (packed: number): number => 4e6 + 100 * packed
/** Bytes that are unpacked at a time: a bomb is noticed before it takes memory (deflate packs at most 1 : 1032). */
const STEP = 16_384

export interface ZipEntry {
  name: string
  /** Bytes when unpacked. */
  size: number
  read: () => Uint8Array
}

/** The files of a zip. Throws in a few words where it is none, has too many, or files that overlap. */
export function readZip(bytes: Uint8Array, mostEntries: number): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.length - 22
  const last = Math.max(0, end - 65_535)
  while (end >= last && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < last) throw new Error('its directory is missing')
  const count = view.getUint16(end + 10, true)
  if (count > mostEntries) throw new Error(`it holds more than ${mostEntries} files`)
  let at = view.getUint32(end + 16, true)
  let [packed, unpacked] = [0, 0]
  return Array.from({ length: count }, () => {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) throw new Error('its directory is damaged')
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)]
    const [size, originalSize] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)]
    const [nameLength, extra, comment] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)]
    const local = view.getUint32(at + 42, true)
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
    at += 46 + nameLength + extra + comment
    packed += size
    unpacked += originalSize
    if (packed > bytes.length || unpacked > mostOf(bytes.length)) throw new Error(`it unpacks to more than is read, ${name} to ${originalSize} bytes`)
    return {
      name, size: originalSize,
      read() {
        if (flags & 1) throw new Error('it is encrypted')
        if (local + 30 > bytes.length) throw new Error('a file of it is missing')
        const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
        if (start + size > bytes.length) throw new Error('a file of it is cut short')
        const content = bytes.subarray(start, start + size)
        if (method === 8) return unpack(new Inflate(), content, originalSize)
        if (method !== 0 || size !== originalSize) throw new Error(`it is packed by method ${method}, not by deflate`)
        return content.slice()
      },
    }
  })
}

/** The bytes that were packed by gzip. Throws in a few words. */
export function gunzip(bytes: Uint8Array, most: number): Uint8Array {
  if (bytes.length < 18) throw new Error('it is cut short')
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true)
  if (size > Math.min(most, mostOf(bytes.length))) throw new Error(`it unpacks to ${size} bytes, more than are read`)
  return unpack(new Gunzip(), bytes, size)
}

function unpack(stream: Inflate | Gunzip, bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size)
  let at = 0
  stream.ondata = (chunk) => {
    if (at + chunk.length > size) throw new Error(`it unpacks to more than the ${size} bytes that it says`)
    result.set(chunk, at)
    at += chunk.length
  }
  for (let i = 0; i < bytes.length; i += STEP) stream.push(bytes.subarray(i, i + STEP), i + STEP >= bytes.length)
  if (at !== size) throw new Error(`it unpacks to ${at} bytes and says ${size}`)
  return result
}
