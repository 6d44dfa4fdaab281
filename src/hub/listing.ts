/**
 * What the Hub says of a model: its files with sizes and hashes (GET /api/models/{id}[/revision/{revision}]?blobs=true), and what
 * can be made of their names: the ONNX files in it, or why there is nothing to load.
 */
import { z } from 'zod'
import type { Repository } from './repository'

/** A model of the Hub, as people write it: owner/name or owner/name@revision. */
export interface HubId {
  model: string
  revision: string
}

export interface RemoteFile {
  path: string
  bytes: number
  /** Git LFS's SHA-256 of a large file, Git's blob name of any other; absent where the server lists none. */
  hash?: { kind: 'sha256' | 'git'; hex: string }
}

export interface Listing {
  /** owner/name@revision, without the revision where it is main. */
  id: string
  model: string
  /** The commit that the revision was when it was listed. */
  commit: string
  gated: boolean
  files: RemoteFile[]
  /** What `readListing` makes this of, to be kept. */
  source: unknown
}

/** One ONNX file with the files of its weights. */
export interface Variant {
  file: string
  data: string[]
  bytes: number
  /** A guess from the name, to be shown and never to be relied on: what a file holds, its scan says. */
  precision: string
}

/** undefined where the text is no such name. */
export function readHubId(text: string): HubId | undefined {
  const found = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w.][\w./-]*))?$/.exec(text)
  if (!found || text.includes('..')) return undefined
  return { model: found[1]!, revision: found[2] ?? 'main' }
}

export function writeHubId({ model, revision }: HubId): string {
  return revision === 'main' ? model : `${model}@${revision}`
}

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
const info = z.object({
  sha: hex(40),
  gated: z.union([z.boolean(), z.string()]).default(false),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().int().min(0).optional(),
      blobId: hex(40).optional(),
      lfs: z.object({ sha256: hex(64), size: z.number().int().min(0) }).nullish(),
    }),
  ),
})

/** Throws one sentence where the answer is not a listing. */
export function readListing(json: unknown, id: HubId, host: string): Listing {
  const read = info.safeParse(json)
  if (!read.success) {
    const [issue] = read.error.issues
    const where = issue?.path.join('.') ?? ''
    throw new Error(`${host} lists ${writeHubId(id)} in a form that cannot be read (${where}: ${issue?.message}); try again later.`)
  }
  const files = read.data.siblings.flatMap(({ rfilename: path, size, blobId, lfs }): RemoteFile[] => {
    const bytes = lfs?.size ?? size
    if (bytes === undefined || path.split('/').some((part) => ['', '.', '..'].includes(part))) return []
    const hash = lfs ? { kind: 'sha256' as const, hex: lfs.sha256 } : blobId ? { kind: 'git' as const, hex: blobId } : undefined
    return [{ path, bytes, ...(hash && { hash }) }]
  })
  return { id: writeHubId(id), model: id.model, commit: read.data.sha, gated: read.data.gated !== false, files, source: read.data }
}

const PRECISIONS = new Set(
  ['q4f16', 'q8f16', 'q2f16', 'q1f16', 'q4', 'q8', 'q2', 'q1', 'fp16', 'bf16', 'fp32', 'bnb4', 'int4', 'uint8', 'int8', 'quantized'],
)

/** The ONNX files among the names, smallest first; data files are those named after their ONNX file. */
export function variants(files: readonly Pick<RemoteFile, 'path' | 'bytes'>[]): Variant[] {
  return files
    .filter(({ path }) => path.endsWith('.onnx'))
    .map(({ path, bytes }) => {
      const data = files.filter(({ path: other }) => other !== path && isDataOf(other, path))
      const words = path.slice(0, -'.onnx'.length).toLowerCase().split(/[^a-z0-9]+/)
      const precision = words.findLast((word) => PRECISIONS.has(word)) ?? 'fp32'
      return {
        file: path,
        data: data.map((each) => each.path),
        bytes: data.reduce((sum, each) => sum + each.bytes, bytes),
        precision: precision === 'quantized' ? 'int8' : precision,
      }
    })
    .sort((a, b) => a.bytes - b.bytes)
}

/** The ONNX file of a repository that is opened where none is named. */
export const USUAL = 'onnx/model.onnx'

/** The usual one; where there is none, the smallest that is called model…, as others may be graphs over its weights; else the smallest. */
export function usualFile(variants: readonly Variant[]): string | undefined {
  const called = (name: RegExp) => variants.find(({ file }) => name.test(file))
  return (called(/^(onnx\/)?model\.onnx$/) ?? called(/^(onnx\/)?model[^/]*$/) ?? variants[0])?.file
}

/** `named`, or what `usualFile` says of what there is. */
export async function chooseFile(repository: Repository, named?: string): Promise<string> {
  return named ?? usualFile(variants((await repository.list?.()) ?? [])) ?? USUAL
}

/** model.onnx_data, model.onnx_data_1, model.onnx.data; written by transformers.js, Optimum and onnxruntime-genai. */
function isDataOf(path: string, onnx: string): boolean {
  return path.startsWith(onnx) && /^(_data(_\d+)?|\.data(\.\d+)?)$/.test(path.slice(onnx.length))
}

/** Throws a sentence that names the way to convert where there is a model in these files and none as ONNX. */
export function refuseOtherFormats(id: string, paths: readonly string[]): void {
  if (paths.some((path) => path.endsWith('.onnx'))) return
  const has = (end: RegExp) => paths.some((path) => end.test(path))
  const other = has(/\.gguf$/i) ? 'GGUF' : has(/\.safetensors$/i) ? 'safetensors' : has(/pytorch_model.*\.bin$/i) ? 'PyTorch' : undefined
  if (!other) return
  const source = other === 'GGUF' ? 'the model that it was made from' : 'it'
  throw new Error(
    `${id} holds its weights as ${other}, and only ONNX can be loaded; convert ${source} with ` +
      '“optimum-cli export onnx --model NAME_OR_FOLDER OUT” or ' +
      '“python -m onnxruntime_genai.models.builder -m NAME -o OUT -p int4 -e webgpu”, or look for an ONNX version of it on the Hub.',
  )
}
