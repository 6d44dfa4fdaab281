/** A model's files in a folder of this computer. For Node only: no browser code imports this file. */
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { refuseOtherFormats } from './listing'
import { missingFile, shortFile, type Repository } from './repository'

/**
 * The folder is laid out as a Hub repository: config.json, tokenizer.json, onnx/model.onnx, … Asked for an ONNX file where there
 * is a model in another format only, it rejects with the way to convert.
 */
export function openDisk(folder: string, id = folder): Repository {
  const size = async (path: string): Promise<number | undefined> => {
    try {
      const found = await stat(join(folder, path))
      return found.isFile() ? found.size : undefined
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        if (path.endsWith('.onnx')) refuseOtherFormats(id, await readdir(folder, { recursive: true }).catch(() => []))
        return undefined
      }
      throw new Error(`${join(folder, path)} cannot be read (${(error as Error).message}); check its permissions.`, { cause: error })
    }
  }
  const sizeOf = async (path: string): Promise<number> => {
    const bytes = await size(path)
    if (bytes === undefined) throw missingFile(id, path)
    return bytes
  }
  return {
    id,
    async list() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
        if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
        throw error
      })
      const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/'))
      return Promise.all(paths.map(async (path) => ({ path, bytes: await sizeOf(path) })))
    },
    size: sizeOf,
    exists: async (path) => (await size(path)) !== undefined,
    async text(path) {
      await sizeOf(path)
      return readFile(join(folder, path), 'utf8')
    },
    async read(path, offset, length) {
      const bytes = await sizeOf(path)
      if (offset + length > bytes) throw shortFile(id, path, offset, length, bytes)
      const file = await open(join(folder, path))
      try {
        const buffer = new Uint8Array(length)
        let done = 0
        while (done < length) {
          const { bytesRead } = await file.read(buffer, done, length - done, offset + done)
          if (bytesRead === 0) throw shortFile(id, path, offset, length, offset + done)
          done += bytesRead
        }
        return buffer
      } finally {
        await file.close()
      }
    },
  }
}
