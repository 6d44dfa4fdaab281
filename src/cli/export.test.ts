/** npm run export: what it writes goes on in transformers.js as the policy with its adapter does. */
import { AutoModelForCausalLM, env, Tensor } from '@huggingface/transformers'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { loadTokenizer } from '../rl/tokenizer'
import { parseSpec } from '../runs/spec'
import { tasks } from '../tasks/index'
import { randomAdapter } from '../proof/merge.fixture'
import { openNodeHost } from '../workers/node'
import { exportCommand } from './export'
import { PUBLIC } from './model'

const place = mkdtempSync(join(tmpdir(), 'etude-export-'))
const run = join(place, 'run')
const model = join(place, 'models/merged')
afterAll(() => rmSync(place, { recursive: true }))

describe('the merged model of a run', () => {
  it('goes on from prompts in transformers.js as the policy with its adapter does', async () => {
    const spec = parseSpec({ model: 'ledger' })
    const adapter = await randomAdapter(join(PUBLIC, 'models/ledger'), 'onnx/model.onnx')
    mkdirSync(join(run, 'adapter'), { recursive: true })
    writeFileSync(join(run, 'spec.json'), JSON.stringify(spec))
    for (const [name, bytes] of Object.entries(adapter)) writeFileSync(join(run, 'adapter', name), bytes)
    const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    expect(await exportCommand(['--run', run, '--merged', join(model, 'onnx/model.onnx')])).toBe(0)
    const [, measured] = said.mock.calls.map(([line]) => String(line))
    said.mockRestore()
    expect(Number(/by up to (\S+),/.exec(measured!)![1])).toBeLessThan(1e-3)

    for (const name of ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json']) cpSync(join(PUBLIC, 'models/ledger', name), join(model, name))
    env.allowRemoteModels = false
    env.localModelPath = join(place, 'models')
    env.backends.onnx.wasm!.wasmPaths = undefined // its import points at a server
    const theirs = await AutoModelForCausalLM.from_pretrained('merged', { dtype: 'fp32', device: 'cpu' })
    const host = await openNodeHost({ modelRoot: PUBLIC })
    const policy = await host.open({ model: 'ledger', adapter: { ...spec.adapter, seed: 0 }, start: adapter })
    const tokenizer = await loadTokenizer((path) => host.file('ledger', path))
    const task = tasks.ledger.create(tasks.ledger.settings.parse({}))
    const prompts = Array.from({ length: 6 }, (_, i) => tokenizer.prompt(task.prompt(task.example('test', i))))
    const key = { seed: 0, purpose: 'probe' as const, step: 0 }
    const ours = await policy.sample(prompts, { n: 1, maxTokens: 16, stop: policy.info.eos, temperature: 0, key })
    await policy.close()
    for (const [i, prompt] of prompts.entries()) {
      const ids = new Tensor('int64', BigInt64Array.from(prompt, BigInt), [1, prompt.length])
      const attention = new Tensor('int64', new BigInt64Array(prompt.length).fill(1n), [1, prompt.length])
      const output = (await theirs.generate({ input_ids: ids, attention_mask: attention, max_new_tokens: 16, do_sample: false })) as Tensor
      expect([...(output.data as BigInt64Array)].map(Number).slice(prompt.length)).toEqual(ours[i]![0]!.tokens)
    }
  })

  it('is refused in a sentence where it cannot be made', async () => {
    await expect(exportCommand(['--run', join(place, 'none'), '--merged', 'x.onnx'])).rejects.toThrow('the spec')
    await expect(exportCommand(['--run', run, '--merged', 'x.bin'])).rejects.toThrow('must end in .onnx')
    await expect(exportCommand(['--run', run, '--merged', 'x.onnx', '--dtype', 'q5'])).rejects.toThrow('must be f32, f16, q4')
  })
})
