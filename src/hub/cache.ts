/**
 * Where files stay once they are downloaded: a folder (cache-disk.ts), the browser's private file system or its Cache Storage
 * (cache-browser.ts). Files are kept under their hash, so that two models with one tokenizer keep it once, and a file that
 * changed on the Hub is another file. Beside them lie notes: the listings of models.
 */

export interface Cache {
  /** For people: where it is. */
  where: string
  /** A whole file; undefined where there is none. */
  find(key: string): Promise<Kept | undefined>
  /** The file so far, empty at first. Only while the key is locked. */
  part(key: string): Promise<Part>
  /** Whole or in part; nothing where there is nothing. */
  remove(key: string): Promise<void>
  list(): Promise<{ key: string; bytes: number; whole: boolean }[]>
  note(name: string): Promise<string | undefined>
  /** undefined deletes it. */
  setNote(name: string, text: string | undefined): Promise<void>
  notes(): Promise<string[]>
  /** Does the work while nobody else, in this process or page or another, has the key; `onWait` is told when somebody has it. */
  lock<T>(key: string, work: () => Promise<T>, signal?: AbortSignal, onWait?: () => void): Promise<T>
  /** Bytes that can still be written, where that is known. */
  room(): Promise<number | undefined>
}

export interface Kept {
  bytes: number
  /** Exactly `length` bytes from `offset`; rejects when the file has fewer. */
  read(offset: number, length: number): Promise<Uint8Array>
}

export interface Part extends Kept {
  /** Adds bytes at the end; once it resolves they outlive this process. */
  append(bytes: Uint8Array): Promise<void>
  /** Makes it a whole file. */
  seal(): Promise<void>
  drop(): Promise<void>
}

export function fullCache(where: string, cause: unknown): Error {
  return new Error(`${where} is full; delete stored models, or make room on the disk, and download again.`, { cause })
}
