/** `etude/engine`: models on this machine's GPU, in Node. */
import { lendVulkan } from '../../bin/vulkan.mjs'
import { PUBLIC } from '../cli/model'
import type { Host } from '../policy/host'
import { openNodeHost, type NodeHostOptions } from '../workers/node'

export type { NodeHostOptions } from '../workers/node'

/**
 * A host of this process: its models are the bundled ones by name (`ledger`, `chains`, `knights`, `choice`), folders, and owner/name of
 * the Hub. On a Linux without a GPU driver the software adapter of an installed Chromium is taken. Rejects with a plain sentence where
 * there is no WebGPU adapter.
 */
export function openHost(options: Partial<NodeHostOptions> = {}): Promise<Host> {
  lendVulkan()
  return openNodeHost({ modelRoot: PUBLIC, ...options })
}
