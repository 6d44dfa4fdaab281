/** A host in Node: models from folders, WebGPU from Dawn. */
import { engineHost } from '../engine/host'
import { nodeGpu } from '../gpu/node'
import { requestAdapter } from '../gpu/open'
import { findModel } from '../hub/catalog'
import { openDisk } from '../hub/disk'
import type { Host } from '../policy/host'

export interface NodeHostOptions {
  /** The folder that catalog models lie in (the page's public folder). */
  modelRoot: string
  /** The ONNX file inside a repository. */
  file?: string
  activations?: number
}

/** Rejects with a plain sentence when Node has no WebGPU adapter. A model is a catalog id or a folder. */
export async function openNodeHost({ modelRoot, ...rest }: NodeHostOptions): Promise<Host> {
  const gpu = await nodeGpu()
  if (!gpu) throw new Error('The package "webgpu" (Dawn) cannot be loaded here: run npm install, or use --device browser')
  await requestAdapter(gpu)
  const repository = (model: string) => {
    const entry = findModel(model)
    return openDisk(entry ? `${modelRoot}/${entry.path}` : model, model)
  }
  return engineHost({ repository, gpu: () => Promise.resolve(gpu), ...rest })
}
