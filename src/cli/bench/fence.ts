/** Waits for the GPU through a policy's door: what it reads back comes after all work before it. */
import type { Policy } from '../../policy/policy'

/** Reads the smallest tensor of the adapter, some kilobytes. Throws where the policy shows no tensors. */
export async function fenceOf({ inspect }: Policy): Promise<() => Promise<void>> {
  if (!inspect) throw new Error('this policy shows none of its tensors, so that nothing tells when the GPU has done its work')
  const size = ({ shape }: { shape: number[] }) => shape.reduce((product, n) => product * n, 1)
  const [smallest] = (await inspect.tensors()).sort((a, b) => size(a) - size(b))
  return async () => void (await inspect.read(smallest!.name))
}
