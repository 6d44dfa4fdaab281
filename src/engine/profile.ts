/** What the device is, without the engine: a page asks before it needs a kernel. */
import { profile, requestAdapter } from '../gpu/open'
import type { DeviceProfile } from '../policy/host'

/** Rejects with a plain sentence when there is no WebGPU. */
export async function deviceProfile(gpu: () => Promise<GPU | undefined>): Promise<DeviceProfile> {
  return { ...profile(await requestAdapter(await gpu())), tier: 'barrier-free' }
}
