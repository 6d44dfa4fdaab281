/** A proof of one file of a model: opened here on the GPU and by a reference, compared, and closed again. */
import { chooseFile } from '../hub/listing'
import type { Repository } from '../hub/repository'
import { readModel } from '../onnx/model'
import { describeDevice, type Host, type Proof, type ProveOptions, type ProveProgress } from '../policy/host'
import { LORA_TARGETS } from '../policy/policy'
import { compare, SEED } from './compare'
import type { Ort } from './ort'
import { openReference } from './reference'

/** What a proof needs of the place where it is made. */
export interface Place {
  open: Host['open']
  /** The files of a model that `open` has opened: they are here. */
  repository: (model: string) => Repository | Promise<Repository>
  loadOrt: () => Promise<Ort>
}

/** Rejects with an AbortError when the signal aborts, and with one sentence where the model cannot be opened. */
export async function prove(place: Place, options: ProveOptions, onProgress?: (progress: ProveProgress) => void): Promise<Proof> {
  const { model, signal } = options
  const say = (part: string, fraction: number) => onProgress?.({ phase: 'proving', part, fraction })
  const adapter = { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: SEED }
  const policy = await place.open({ model, file: options.file, adapter, signal }, onProgress)
  try {
    signal?.throwIfAborted()
    say('opening the reference', 0)
    const repository = await place.repository(model)
    const file = await chooseFile(repository, options.file)
    const source = await readModel(repository, file)
    const reference = await openReference(repository, file, source, policy.info.parameters, place.loadOrt)
    try {
      const { dtype, dialect, warnings } = source
      const device = describeDevice(policy.info.device)
      return { model, file, device, dtype, dialect, ...(await compare(policy, reference, source, options, say)), warnings }
    } finally {
      await reference.close()
    }
  } finally {
    await policy.close()
  }
}
