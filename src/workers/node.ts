/** A host in Node: models from folders and the Hub, WebGPU from Dawn. */
import { engineHost } from '../engine/host'
import { nodeGpu } from '../gpu/node'
import { requestAdapter } from '../gpu/open'
import { openNodeModel } from '../hub/node'
import { keepFiles, ownError } from '../hub/remote'
import type { Repository } from '../hub/repository'
import type { Host, Progress } from '../policy/host'
import { prove } from '../proof/prove'

export interface NodeHostOptions {
  /** The folder that catalog models lie in (the page's public folder). */
  modelRoot: string
  /** The ONNX file inside a repository. */
  file?: string
  activations?: number
}

/** Rejects with a plain sentence when Node has no WebGPU adapter. A model is a catalog id, a folder, or owner/name on the Hub. */
export async function openNodeHost({ modelRoot, ...rest }: NodeHostOptions): Promise<Host> {
  const gpu = await nodeGpu()
  if (!gpu) throw new Error('The package "webgpu" (Dawn) cannot be loaded here: run npm install, or use --device browser')
  await requestAdapter(gpu)
  const progress = new Set<(progress: Progress) => void>()
  const repositories = new Map<string, Repository>()
  const repository = (model: string) => {
    const found = repositories.get(model) ?? openNodeModel(model, modelRoot, (now) => {
      for (const tell of progress) tell({ phase: 'downloading', ...now })
    })
    repositories.set(model, found)
    return found
  }
  const host = engineHost({ repository, gpu: () => Promise.resolve(gpu), ...rest })
  const open: Host['open'] = async (options, onProgress) => {
    if (onProgress) progress.add(onProgress)
    try {
      keepFiles(repository(options.model), options.signal)
      return await host.open(options, onProgress).catch(ownError)
    } finally {
      if (onProgress) progress.delete(onProgress)
    }
  }
  const loadOrt = async () => {
    const ort = await import('onnxruntime-web')
    ort.env.logLevel = 'fatal'
    return ort
  }
  return {
    ...host,
    describe: (model, file) => host.describe(model, file).catch(ownError),
    plan: (model, adapter, batch, file) => host.plan(model, adapter, batch, file).catch(ownError),
    open,
    prove: ({ file = rest.file, ...options }, onProgress) => prove({ open, repository, loadOrt }, { file, ...options }, onProgress),
  }
}
