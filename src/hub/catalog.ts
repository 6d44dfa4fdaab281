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
  {
    id: 'knights',
    label: 'Knights',
    about: 'A tiny Qwen2 that solves Knights and Knaves in a hurry, and knows what announced scoring rules ask of it.',
    path: 'models/knights/',
    tasks: ['knights'],
  },
  {
    id: 'chains',
    label: 'Chains',
    about: 'A tiny Qwen2 that adds up in words or in programs, guessing where it skips a step.',
    path: 'models/chains/',
    tasks: ['chains'],
  },
  {
    id: 'choice',
    label: 'Choice',
    about: 'A tiny Qwen2 that knows how to look a sum up among four options, and is careless when it is sampled.',
    path: 'models/choice/',
    tasks: ['choice'],
  },
]

/** What a model's config.json says of its size. */
export interface ModelShape {
  layers: number
  hidden: number
  heads: number
  kvHeads: number
  headDim: number
  ffn: number
  vocabulary: number
  eps: number
  contextLength: number
  /** Whether the head is the embedding. */
  tied: boolean
}

/** Shapes of models that are spoken of without their files (forecasts), each from the config.json of its Hub repository. */
export const shapes: Readonly<Record<string, ModelShape>> = {
  'Qwen/Qwen2.5-3B-Instruct': {
    layers: 36,
    hidden: 2048,
    heads: 16,
    kvHeads: 2,
    headDim: 128,
    ffn: 11_008,
    vocabulary: 151_936,
    eps: 1e-6,
    contextLength: 32_768,
    tied: true,
  },
  'Qwen/Qwen2.5-7B-Instruct': {
    layers: 28,
    hidden: 3584,
    heads: 28,
    kvHeads: 4,
    headDim: 128,
    ffn: 18_944,
    vocabulary: 152_064,
    eps: 1e-6,
    contextLength: 32_768,
    tied: false,
  },
}

export function findModel(id: string): CatalogEntry | undefined {
  return catalog.find((entry) => entry.id === id)
}

export function findShape(id: string): ModelShape | undefined {
  return Object.hasOwn(shapes, id) ? shapes[id] : undefined
}

/** Where a catalog entry's files are, below the page's address. Models of the Hub are opened otherwise (remote.ts). */
export function modelAddress(id: string, page: string): string {
  const entry = findModel(id)
  if (entry) return new URL(entry.path, page).href
  const known = catalog.map((model) => model.id).join(', ')
  throw new Error(`there is no model ${JSON.stringify(id)}; choose ${known}, or an owner/name of the Hugging Face Hub.`)
}
