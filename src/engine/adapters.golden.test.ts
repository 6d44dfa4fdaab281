/** Adapters that PEFT wrote: those of LoRA alone give its log-probs, every other one is refused with a sentence, none loads wrongly. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SHARED } from '../hub/golden'
import { openEngine } from './cases'
import { readPeft } from './peft'

const root = join(SHARED, 'models', 'dialects', 'adapters')

interface Expected {
  expect: 'load' | 'refuse'
  inputs: number[][]
  logprobs: number[][]
}

/** What this release does not continue, by the field of adapter_config.json that asks for it. */
const BEYOND = ['use_dora', 'modules_to_save']

const bases = existsSync(root) ? readdirSync(root) : []
const cases = bases.flatMap((base) => readdirSync(join(root, base)).map((name) => ({ base, name, folder: join(root, base, name) })))

describe(`adapters of PEFT${existsSync(root) ? '' : ` (skipped: no folder ${root}; set ETUDE_SHARED)`}`, () => {
  it.skipIf(cases.length === 0).each(cases.length > 0 ? cases : [{ base: '', name: 'none', folder: '' }])('$base $name', async ({ base, folder }) => {
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected
    const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    const asks = BEYOND.filter((field) => {
      const value = config[field]
      return value !== null && value !== undefined && value !== false && Object.keys(value).length + Number(value === true) > 0
    })
    const opening = openEngine(join(root, '..', base), folder)
    if (asks.length > 0) {
      await expect(opening).rejects.toThrow(new RegExp(`adapter_config.json: (${asks.join('|')}) is set`))
      return
    }
    expect(expected.expect).toBe('load')
    const policy = await opening
    const rows = expected.inputs.map((ids) => ({ prompt: [ids[0]!], completion: ids.slice(1) }))
    const ours = await policy.logprobs({ rows, temperature: 1 }, 'current')
    ours.forEach((row, b) => row.forEach((x, t) => expect(Math.abs(x - expected.logprobs[b]![t]!)).toBeLessThan(5e-5)))
    const exported = await policy.exportAdapter()
    const written = JSON.parse(new TextDecoder().decode(exported['adapter_config.json'])) as Record<string, unknown>
    for (const field of ['r', 'lora_alpha', 'use_rslora', 'rank_pattern', 'alpha_pattern', 'layers_to_transform']) expect(written[field]).toEqual(config[field])
    const tensors = readPeft({ 'adapter_config.json': readFileSync(join(folder, 'adapter_config.json')), 'adapter_model.safetensors': readFileSync(join(folder, 'adapter_model.safetensors')) }).tensors
    expect(readPeft(exported).tensors).toEqual(tensors)
    await policy.close()
  })
})
