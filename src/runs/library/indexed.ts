/** The tables in IndexedDB. Versions follow one another by MIGRATIONS: entry i leads from version i to i + 1. */
import { openDB, type IDBPDatabase, type IDBPTransaction } from 'idb'
import { TABLES, type Base, type Key, type Table, type Tables } from './base'

type Upgrade = IDBPTransaction<unknown, string[], 'versionchange'>

/** Written once, never changed: a new version is a new entry at the end. */
export const MIGRATIONS: readonly ((database: IDBPDatabase, transaction: Upgrade) => void)[] = [
  (database) => { for (const table of ['runs', 'steps', 'groups', 'evaluations', 'blobs']) database.createObjectStore(table) },
]

/** Rejects where the browser gives the page no database, as some do in private windows. */
export async function indexedBase(name = 'etude-runs'): Promise<Base> {
  if (typeof indexedDB === 'undefined') throw new Error('this browser gives the page no database')
  const database = await openDB(name, MIGRATIONS.length, {
    upgrade(opened, from, _, transaction) {
      for (const migrate of MIGRATIONS.slice(from)) migrate(opened, transaction)
    },
    // a newer version of the page wants to upgrade in another tab: let it, this tab's next write then fails and is told
    blocking: (_from, _to, event) => { (event.target as IDBDatabase).close() },
  })
  return {
    async change(work) {
      const transaction = database.transaction(TABLES, 'readwrite', { durability: 'strict' })
      try {
        const result = await work(tablesOf(transaction))
        await transaction.done
        return result
      } catch (error) {
        const aborted = transaction.done.catch((reason: unknown) => reason)
        try {
          transaction.abort()
        } catch { /* it has ended by itself */ }
        const reason = await aborted
        // a full disk shows at the end of the transaction, not at the row
        throw reason instanceof Error && reason.name === 'QuotaExceededError' ? reason : error
      }
    },
  }
}

function tablesOf(transaction: IDBPTransaction<unknown, readonly Table[], 'readwrite'>): Tables {
  const own = (id: string) => IDBKeyRange.bound([id], [id, []])
  const store = (table: Table) => transaction.objectStore(table)
  return {
    get: (table, key) => store(table).get(key) as Promise<unknown>,
    all: (table, id) => store(table).getAll(id === undefined ? undefined : own(id)) as Promise<unknown[]>,
    keys: async (table, id) => ((await store(table).getAllKeys(own(id))) as [string, number | string][]).map(([, second]) => second),
    put: async (table, key: Key, value) => void (await store(table).put(value, key)),
    delete: (table, key) => store(table).delete(key),
  }
}
