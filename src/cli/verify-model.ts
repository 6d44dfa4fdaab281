/** A proof of one file in this process, on Dawn. */
import type { Proof, ProveOptions, ProveProgress } from '../policy/host'
import { PUBLIC } from './model'

export async function verifyModel(options: ProveOptions, onProgress?: (progress: ProveProgress) => void): Promise<Proof> {
  const { openNodeHost } = await import('../workers/node')
  const host = await openNodeHost({ modelRoot: PUBLIC })
  try {
    return await host.prove!(options, onProgress)
  } finally {
    await host.close()
  }
}
