/** For tests: an engine on the files of a folder, and comparisons with tensors that PEFT wrote. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeGpu } from '../gpu/node'
import { openDisk } from '../hub/disk'
import { readSafetensors } from '../onnx/safetensors'
import { LORA_TARGETS, type Policy } from '../policy/policy'
import { engineHost, type EngineHostOptions } from './host'

/** A policy on the model of `folder`, continuing the PEFT adapter of `adapter` where given. */
export async function openEngine(
  folder: string,
  adapter?: string,
  { valueHead, ...options }: Pick<EngineHostOptions, 'file' | 'activations' | 'binding'> & { valueHead?: boolean } = {},
): Promise<Policy> {
  const host = engineHost({ gpu: nodeGpu, repository: (model) => openDisk(model), ...options })
  const start = adapter && Object.fromEntries(readdirSync(adapter).map((name) => [name, new Uint8Array(readFileSync(join(adapter, name)))]))
  const spec = { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: 0 }
  return host.open({ model: folder, adapter: spec, ...(valueHead && { valueHead }), ...(start && { start }) })
}

export function tensorsOf(path: string): Map<string, Float32Array> {
  return new Map([...readSafetensors(new Uint8Array(readFileSync(path)))].map(([name, { data }]) => [name, data]))
}

/** ‖a − b‖ / ‖b‖. */
export function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [off, size] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    off += (a[i]! - b[i]!) ** 2
    size += b[i]! ** 2
  }
  return Math.sqrt(off) / Math.max(Math.sqrt(size), 1e-30)
}

export async function gradientsOf(policy: Policy): Promise<Map<string, number[]>> {
  const inspect = policy.inspect!
  const gradients = new Map<string, number[]>()
  for (const { name } of await inspect.tensors()) gradients.set(name, await inspect.gradient(name))
  return gradients
}

export async function parametersOf(policy: Policy): Promise<Map<string, number[]>> {
  const inspect = policy.inspect!
  const values = new Map<string, number[]>()
  for (const { name } of await inspect.tensors()) values.set(name, await inspect.read(name))
  return values
}
