/** Tables of a database, as the library of runs needs them: IndexedDB in a browser (indexed.ts), or this page's memory. */

/** runs by id; steps, groups and evaluations by [id, step]; blobs by [folder, name]. */
export const TABLES = ['runs', 'steps', 'groups', 'evaluations', 'blobs'] as const
export type Table = (typeof TABLES)[number]
export type Key = string | [string, number | string]

export interface Tables {
  get(table: Table, key: Key): Promise<unknown>
  /** In the order of their keys: all of the table, or those whose key begins with `id`. */
  all(table: Table, id?: string): Promise<unknown[]>
  /** The second parts of the keys that begin with `id`, in their order. */
  keys(table: Table, id: string): Promise<(number | string)[]>
  put(table: Table, key: Key, value: unknown): Promise<void>
  delete(table: Table, key: Key): Promise<void>
}

export interface Base {
  /** One transaction: all that `work` writes, or nothing where it throws. It may wait for the tables alone. */
  change<T>(work: (tables: Tables) => Promise<T>): Promise<T>
}

export function memoryBase(): Base {
  const tables = new Map<Table, Map<string, { key: Key; value: unknown }>>(TABLES.map((name) => [name, new Map()]))
  /** Transactions come one after the other. */
  let queue: Promise<unknown> = Promise.resolve()
  const rows = (table: Table, id?: string) =>
    [...tables.get(table)!.values()].filter(({ key }) => id === undefined || key[0] === id).sort((a, b) => compare(a.key, b.key))
  const access: Tables = {
    get: (table, key) => Promise.resolve(structuredClone(tables.get(table)!.get(JSON.stringify(key))?.value)),
    all: (table, id) => Promise.resolve(rows(table, id).map(({ value }) => structuredClone(value))),
    keys: (table, id) => Promise.resolve(rows(table, id).map(({ key }) => key[1])),
    put(table, key, value) {
      tables.get(table)!.set(JSON.stringify(key), { key, value: structuredClone(value) })
      return Promise.resolve()
    },
    delete(table, key) {
      tables.get(table)!.delete(JSON.stringify(key))
      return Promise.resolve()
    },
  }
  const run = async <T>(work: (tables: Tables) => Promise<T>): Promise<T> => {
    const before = TABLES.map((name) => [name, new Map(tables.get(name))] as const)
    try {
      return await work(access)
    } catch (error) {
      for (const [name, old] of before) tables.set(name, old)
      throw error
    }
  }
  return {
    change(work) {
      const done = queue.then(() => run(work))
      queue = done.catch(() => undefined) // whoever asked hears of it
      return done
    },
  }
}

function compare(a: Key, b: Key): number {
  const [x, y] = [[a].flat(), [b].flat()]
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return x[i]! < y[i]! ? -1 : 1
  return 0
}
