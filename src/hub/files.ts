/** A model in a folder that somebody dropped on the page or chose there: `File`s, read by slices. */
import { refuseOtherFormats } from './listing'
import { missingFile, shortFile, type Repository } from './repository'

/** A file and its path below the folder; `File` alone does not carry one when it was dropped. */
export interface PathFile {
  path: string
  file: Blob
}

/** The folder may lie anywhere above config.json; single files (no config.json) keep their paths. */
export function openFiles(files: readonly PathFile[], id: string): Repository {
  const byPath = new Map(below(files).map(({ path, file }) => [path, file]))
  const find = (path: string): Blob | undefined => {
    // an ONNX file may lie beside config.json in place of in onnx/
    const file = byPath.get(path) ?? (path.startsWith('onnx/') ? byPath.get(path.slice('onnx/'.length)) : undefined)
    if (!file && path.endsWith('.onnx')) refuseOtherFormats(id, [...byPath.keys()])
    return file
  }
  const get = (path: string): Blob => {
    const file = find(path)
    if (!file) throw missingFile(id, path)
    return file
  }
  const gone = (path: string, cause: unknown) => {
    const why = (cause as Error).message
    return new Error(`${path} of ${id} cannot be read any more (${why}); drop the folder on the page again.`, { cause })
  }
  return {
    id,
    list: () => Promise.resolve(listFiles(files)),
    size: (path) => Promise.resolve().then(() => get(path).size),
    exists: (path) => Promise.resolve().then(() => find(path) !== undefined),
    async text(path) {
      try {
        return await get(path).text()
      } catch (error) {
        throw error instanceof DOMException ? gone(path, error) : error
      }
    },
    async read(path, offset, length) {
      const file = get(path)
      if (offset + length > file.size) throw shortFile(id, path, offset, length, file.size)
      try {
        return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())
      } catch (error) {
        throw gone(path, error)
      }
    },
  }
}

/** Names and sizes of a dropped folder, for `variants` (listing.ts). */
export function listFiles(files: readonly PathFile[]): { path: string; bytes: number }[] {
  return below(files).map(({ path, file }) => ({ path, bytes: file.size }))
}

/** What lies below the folder of the config.json that is nearest to the top. */
function below(files: readonly PathFile[]): PathFile[] {
  const configs = files.map(({ path }) => path).filter((path) => /(^|\/)(adapter_)?config\.json$/.test(path))
  const [config] = configs.sort((a, b) => a.split('/').length - b.split('/').length)
  const root = config?.slice(0, config.lastIndexOf('/') + 1) ?? ''
  return files.filter(({ path }) => path.startsWith(root)).map(({ path, file }) => ({ path: path.slice(root.length), file }))
}

/** Everything under what was dropped. Call it in the event's handler, before anything is awaited: later there is nothing left. */
export async function droppedFiles(transfer: DataTransfer): Promise<PathFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile())
  const found: PathFile[] = []
  for (const entry of entries) {
    if (entry instanceof File) found.push({ path: entry.name, file: entry })
    else if (entry) await walk(entry, '', found)
  }
  return found
}

/** Of <input type="file" webkitdirectory> or of single files. */
export function chosenFiles(list: Iterable<File>): PathFile[] {
  return [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
}

async function walk(entry: FileSystemEntry, above: string, found: PathFile[]): Promise<void> {
  const path = above + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail))
    found.push({ path, file })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // it gives some at a time, and none at the end
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail))
    if (some.length === 0) return
    for (const each of some) await walk(each, `${path}/`, found)
  }
}
