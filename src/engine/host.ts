/** A host on this machine: models come from repositories, policies from the GPU. The browser's worker and Node share it. */
import { openGpu, profile, requestAdapter, type AdapterProfile } from '../gpu/open'
import type { Gpu } from '../gpu/gpu'
import { chooseFile, variants } from '../hub/listing'
import type { Repository } from '../hub/repository'
import { templateNotice } from '../hub/template'
import { readModel, type Model } from '../onnx/model'
import type { Host, MemoryPlan, ModelDescription, OpenOptions, Progress } from '../policy/host'
import { BadModel } from '../policy/host'
import type { Policy, PolicyInfo } from '../policy/policy'
import { CAPABILITIES, Engine } from './engine'
import { loadModel } from './load'
import { LoraParameters } from './lora'
import { loraShape } from './lora-shape'
import { ADAPTER_FILES, readPeft, type PeftAdapter } from './peft'
import { budgetOf, countParameters, planRun, plannedModel } from './plan'
import { deviceProfile } from './profile'

export interface EngineHostOptions {
  /** Where a model's files are. */
  repository: (model: string) => Repository | Promise<Repository>
  gpu: () => Promise<GPU | undefined>
  /** The ONNX file inside a repository, where a request names none. */
  file?: string
  /** Bytes for the activations of a micro-batch. */
  activations?: number
  /** Bytes of one binding of the embedding and the head; the device's limit unless said. */
  binding?: number
}

/** Errors of the device, which no other file of the model would mend. */
const DEVICE = new Set(['DeviceLost', 'OutOfMemory'])

export function engineHost(options: EngineHostOptions): Host {
  const adapter = async () => requestAdapter(await options.gpu())
  const read = async (model: string, named?: string): Promise<{ source: Model; repository: Repository; file: string }> => {
    const repository = await options.repository(model)
    try {
      const file = await chooseFile(repository, named ?? options.file)
      return { source: await readModel(repository, file), repository, file }
    } catch (error) {
      throw new BadModel((error as Error).message, { cause: error })
    }
  }

  return {
    async describe(model, named): Promise<ModelDescription> {
      const { source, repository, file } = await read(model, named)
      const { family, contextLength, vocabulary } = source.config
      const plain = await templateNotice(repository)
      const notices = [...source.warnings, ...(plain === undefined ? [] : [plain])]
      return { id: model, family, parameters: countParameters(source), contextLength, vocabulary, bytes: await bytesOf(repository, file), notices }
    },
    async plan(model, spec, batch, file): Promise<MemoryPlan> {
      const { source } = await read(model, file)
      return planRun(plannedModel(source), loraShape(spec), batch, profile(await adapter()), options.activations)
    },
    async open(request, onProgress): Promise<Policy> {
      const found = await adapter()
      const { source } = await read(request.model, request.file)
      const gpu = await openGpu(found)
      try {
        const usual = options.activations ?? budgetOf(profile(found), plannedModel(source))
        const activations = Math.floor(usual * (request.activations ?? 1))
        const engine = await build(gpu, source, request, profile(found), countParameters(source), { ...options, activations }, onProgress)
        await warm(engine, onProgress)
        onProgress?.({ phase: 'ready' })
        return engine
      } catch (error) {
        gpu.destroy()
        throw error
      }
    },
    profile: () => deviceProfile(options.gpu),
    async file(model, path) {
      return (await options.repository(model)).text(path)
    },
    close: () => Promise.resolve(),
  }
}

/** The ONNX file and its data. */
async function bytesOf(repository: Repository, file: string): Promise<number> {
  const variant = variants((await repository.list?.()) ?? []).find((each) => each.file === file)
  return variant?.bytes ?? repository.size(file)
}

async function build(
  gpu: Gpu,
  source: Model,
  request: OpenOptions,
  device: AdapterProfile,
  parameters: number,
  { activations, binding, repository }: Pick<EngineHostOptions, 'binding' | 'repository'> & { activations: number },
  onProgress?: (progress: Progress) => void,
): Promise<Engine> {
  const start = await startOf(request, repository)
  const shape = start?.shape ?? loraShape(request.adapter)
  const alpha = start?.alpha ?? request.adapter.alpha
  const model = await loadModel(gpu, source, {
    onBytes: (done, total) => onProgress?.({ phase: 'uploading', done, total }),
    binding,
  }).catch((error: unknown) => {
    const { name, message } = error as Error
    throw DEVICE.has(name) ? error : new BadModel(message, { cause: error })
  })
  const lora = new LoraParameters(gpu, model.config, shape, request.valueHead)
  if (start) {
    const flat = new Float32Array(lora.parameters.size)
    for (const place of lora.all) {
      const tensor = start.tensors.get(place.name)
      if (!tensor && lora.headPlaces.includes(place)) continue // a head that does not go on starts at zero
      if (tensor?.shape.join() !== place.shape.join()) {
        const is = tensor ? `is [${tensor.shape.join(', ')}]` : 'is missing'
        throw new Error(
          `The adapter to continue does not fit ${request.model}: ${place.name} ${is}, and should be [${place.shape.join(', ')}]`,
        )
      }
      flat.set(tensor.data, place.start)
    }
    gpu.write(lora.parameters, flat)
  } else lora.initialise(request.adapter.seed)
  const { contextLength, vocabulary, eos } = source.config
  const info: PolicyInfo = {
    model: request.model,
    parameters,
    contextLength,
    vocabulary,
    eos,
    adapter: { rank: shape.rank, alpha, targets: [...shape.targets], parameters: lora.count },
    can: { ...CAPABILITIES, valueHead: request.valueHead ?? false },
    device: { name: device.name, software: device.software, tier: 'barrier-free' },
  }
  return new Engine(gpu, model, lora, info, { activations, cache: activations }, request.adapter.seed)
}

/** The adapter to go on from, if there is one. */
async function startOf({ start, adapter }: OpenOptions, repository: EngineHostOptions['repository']): Promise<PeftAdapter | undefined> {
  if (start) return readPeft(start)
  if (adapter.start === undefined) return undefined
  const from = await repository(adapter.start)
  const files: Record<string, Uint8Array> = {}
  for (const path of ADAPTER_FILES) if (await from.exists(path)) files[path] = await from.read(path, 0, await from.size(path))
  try {
    return readPeft(files)
  } catch (error) {
    throw new Error(`The adapter ${adapter.start} cannot go on: ${(error as Error).message}`, { cause: error })
  }
}

/** Makes every pipeline once, on the smallest work there is, so that the first step is not the slow one. */
async function warm(engine: Engine, onProgress?: (progress: Progress) => void): Promise<void> {
  const tell = (done: number) => onProgress?.({ phase: 'compiling', done, total: 3 })
  const batch = { rows: [{ prompt: [0], completion: [0, 0] }], temperature: 1 }
  tell(0)
  await engine.sample([[0]], { n: 1, maxTokens: 2, stop: [], temperature: 1, key: { seed: 0, purpose: 'probe', step: 0 } })
  tell(1)
  const { id } = await engine.forward(batch)
  tell(2)
  await engine.backward(id, { logprob: [[0, 0]] })
  const state = await engine.save()
  await engine.step({ learningRate: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 })
  await engine.load(state)
  tell(3)
}
