/** A run that goes on from an adapter of another: its weights are the other's, and what does not fit is refused by name. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openDisk } from '../hub/disk'
import type { Repository } from '../hub/repository'
import { LORA_TARGETS } from '../policy/policy'
import { nodeGpu } from '../gpu/node'
import { engineHost } from './host'

const ledger = openDisk(fileURLToPath(new URL('../../public/models/ledger', import.meta.url)), 'ledger')
const row = { prompt: [1, 2, 3], completion: [4, 5] }
const spec = { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: 1 }

/** Files in memory, as an adapter's folder. */
function folder(files: Record<string, Uint8Array>): Repository {
  const at = (path: string) => files[path]!
  return {
    id: 'mine',
    exists: (path) => Promise.resolve(path in files),
    size: (path) => Promise.resolve(at(path).length),
    read: (path, offset, length) => Promise.resolve(at(path).slice(offset, offset + length)),
    text: (path) => Promise.resolve(new TextDecoder().decode(at(path))),
  }
}

describe('an adapter to go on from', () => {
  let files: Record<string, Uint8Array> = {}
  const host = engineHost({ repository: (id) => (id === 'ledger' ? ledger : folder(files)), gpu: nodeGpu })

  it('gives the same log-probs again, and keeps its own rank', async () => {
    const first = await host.open({ model: 'ledger', adapter: spec })
    const { id } = await first.forward({ rows: [row], temperature: 1 })
    await first.backward(id, { logprob: [[1, 1]] })
    await first.step({ learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 })
    const expected = await first.logprobs({ rows: [row], temperature: 1 }, 'current')
    files = await first.exportAdapter()
    await first.close()

    const second = await host.open({ model: 'ledger', adapter: { ...spec, rank: 8, seed: 2, start: 'mine' } })
    expect(second.info.adapter).toMatchObject({ rank: 4, alpha: 8 })
    expect(await second.logprobs({ rows: [row], temperature: 1 }, 'current')).toEqual(expected)
    expect(await second.logprobs({ rows: [row], temperature: 1 }, 'off')).not.toEqual(expected)
    await second.close()
  })

  it('is refused by name where files are missing', async () => {
    files = {}
    await expect(host.open({ model: 'ledger', adapter: { ...spec, start: 'mine' } })).rejects.toThrow('The adapter mine cannot go on: An adapter needs')
  })
})
