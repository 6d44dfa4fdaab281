/** The models that can be chosen by name. Pure data: a new model is a new entry. */
export interface CatalogEntry {
  id: string
  label: string
  /** What it is, in one sentence. */
  about: string
  /** Below the page's address; ends in a slash. */
  path: string
  /** Names of the tasks that it can learn something from. */
  tasks: string[]
}

export const catalog: readonly CatalogEntry[] = [
  {
    id: 'ledger',
    label: 'Ledger',
    about: 'A tiny Qwen2 that comes with the page: it adds up short ledgers, badly enough to learn.',
    path: 'models/ledger/',
    tasks: ['ledger'],
  },
]

export function findModel(id: string): CatalogEntry | undefined {
  return catalog.find((entry) => entry.id === id)
}

/** Where a model's files are: a catalog entry's below the page, `owner/name` on the Hugging Face Hub. */
export function modelAddress(id: string, page: string): string {
  const entry = findModel(id)
  if (entry) return new URL(entry.path, page).href
  if (/^[\w.-]+\/[\w.-]+$/.test(id)) return `https://huggingface.co/${id}/resolve/main/`
  const known = catalog.map((model) => model.id).join(', ')
  throw new Error(`there is no model ${JSON.stringify(id)}; choose ${known}, or an owner/name of the Hugging Face Hub.`)
}
