/** The files of one model, wherever they are: on a server (url.ts), on disk (disk.ts), or in memory in tests. */
export interface Repository {
  /** For messages: a catalog id, a Hub id, or a folder. */
  id: string
  /** Bytes. */
  size(path: string): Promise<number>
  /** Exactly `length` bytes from `offset`; rejects when the file has fewer. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>
  text(path: string): Promise<string>
  exists(path: string): Promise<boolean>
  /** All its files, where it can tell: a folder and the Hub can, a plain server cannot. */
  list?(): Promise<{ path: string; bytes: number }[]>
}

/** Bytes of one file so far; `total` is 0 where the server does not say. */
export type OnProgress = (progress: { file: string; loaded: number; total: number }) => void

/** There is no such file; whoever can do without it goes on. */
export class MissingFile extends Error {
  override name = 'MissingFile'
}

export function missingFile(id: string, path: string): Error {
  return new MissingFile(`${id} has no file ${path}; check the name, or choose another model.`)
}

export function shortFile(id: string, path: string, offset: number, length: number, size: number): Error {
  return new Error(`${path} of ${id} ends at byte ${size}, but bytes ${offset} to ${offset + length} are needed; download it again.`)
}
