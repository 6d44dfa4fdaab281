/** `etude/policy`: the door between an algorithm and a model, a fake behind it for tests, and a server of the Tinker wire behind it. */
export { createFakeHost } from '../policy/fake'
export type { FakeOptions } from '../policy/fake'
export { BadModel, describeDevice, DeviceLost, NotFinite, OutOfMemory } from '../policy/host'
export type { DeviceProfile, Host, MemoryPlan, ModelDescription, OpenOptions, Progress } from '../policy/host'
export { LORA_TARGETS } from '../policy/policy'
export type {
  Adapter, AdapterSpec, AdamW, Batch, Capabilities, Completion, Forward, LoraTarget, PerToken, Policy, PolicyInfo, Row, SampleKey,
  SampleOptions, Slope, Tokens,
} from '../policy/policy' // prettier-ignore
export { tinkerHost } from '../policy/tinker/host'
export type { TinkerHostOptions } from '../policy/tinker/host'
