/** Archives that unpack to far more than they are, honestly or with a lie about their size. */
import { gzipSync, strToU8, zipSync } from 'fflate'

const SIZE = 60e6

export function bombs(): { zip: Uint8Array[]; gzip: Uint8Array[] } {
  const spec = { 'spec.json': strToU8('{}') }
  const spaces = new Uint8Array(SIZE).fill(0x20)
  const lists = new Uint8Array(SIZE).fill(0x5b)
  const steps = zipSync({ ...spec, 'steps.jsonl': spaces }, { level: 9 })
  const adapter = zipSync({ ...spec, 'steps.jsonl': new Uint8Array(), 'adapter/a.safetensors': new Uint8Array(SIZE) }, { level: 9 })
  const many = zipSync(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`adapter/f${i}`, new Uint8Array(1)])))
  const gzip = [gzipSync(spaces), gzipSync(lists)]
  return {
    zip: [steps, adapter, many, small(steps), small(adapter), shared(zipSync({ 'adapter/a': new Uint8Array(2e6) }))],
    gzip: [...gzip, ...gzip.map((bytes) => withEnd(bytes, 100)), withEnd(gzip[0]!, 2 ** 32 - 1)],
  }
}

/** A zip that says its large files have 100 bytes. */
function small(zip: Uint8Array): Uint8Array {
  const bytes = zip.slice()
  const view = new DataView(bytes.buffer)
  for (let at = 0; at + 46 < bytes.length; at++) {
    const magic = view.getUint32(at, true)
    const size = magic === 0x02014b50 ? at + 24 : magic === 0x04034b50 ? at + 22 : undefined
    if (size !== undefined && view.getUint32(size, true) > 1e6) view.setUint32(size, 100, true)
  }
  return bytes
}

/** 900 entries of the directory that name the same bytes. */
function shared(zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset)
  const end = zip.length - 22
  const start = view.getUint32(end + 16, true)
  const entry = zip.subarray(start, end)
  const tail = zip.slice(end)
  const [out, count] = [new DataView(tail.buffer), 900]
  out.setUint16(8, count, true)
  out.setUint16(10, count, true)
  out.setUint32(12, count * entry.length, true)
  const bytes = new Uint8Array(start + count * entry.length + 22)
  bytes.set(zip.subarray(0, start))
  for (let i = 0; i < count; i++) bytes.set(entry, start + i * entry.length)
  bytes.set(tail, bytes.length - 22)
  return bytes
}

function withEnd(gzip: Uint8Array, size: number): Uint8Array {
  const bytes = gzip.slice()
  new DataView(bytes.buffer).setUint32(bytes.length - 4, size, true)
  return bytes
}
