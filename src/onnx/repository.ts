/** What the reader of a model needs from the place that its files are in; `src/hub` has several such places. */
export interface Repository {
  id: string
  /** Bytes. */
  size(path: string): Promise<number>
  /** Exactly `length` bytes from `offset`; rejects when the file has fewer. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>
  text(path: string): Promise<string>
  exists(path: string): Promise<boolean>
}
