/** Where checkpoints and adapters lie: the origin's private file system (OPFS), or, where a page gets none, a table. */
import { opfs, type Blobs } from '../../hub/cache-browser'
import type { Base } from './base'

export type Files = Pick<Blobs, 'get' | 'put' | 'remove'>

const FOLDER = 'etude-run-files'

export const opfsFiles = (): Promise<Files | undefined> => opfs(FOLDER)

export function tableFiles(base: Base): Files {
  return {
    async get(folder, name) {
      const bytes = await base.change((tables) => tables.get('blobs', [folder, name]))
      return bytes === undefined ? undefined : new Blob([bytes as Uint8Array<ArrayBuffer>])
    },
    put: (folder, name, data) =>
      base.change((tables) => tables.put('blobs', [folder, name], typeof data === 'string' ? new TextEncoder().encode(data) : data)),
    remove: (folder, name) =>
      base.change(async (tables) => {
        const names = name === undefined ? await tables.keys('blobs', folder) : [name]
        for (const each of names) await tables.delete('blobs', [folder, each])
      }),
  }
}
