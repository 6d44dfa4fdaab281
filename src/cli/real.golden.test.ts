/**
 * Real models with numbers of their own (`prompts` in reference.json): log-probs and greedy text of a float transformer in torch on
 * the dequantised weights. A software adapter gives some twenty tokens a second of a model of 135 million parameters, so that without
 * a word all prompts' log-probs are compared and the first FIRST greedy tokens of the two shortest; ETUDE_BY_HAND=1 compares
 * everything: continuations, and all greedy tokens (minutes; ETUDE_BY_HAND=1 npx vitest run --project node src/cli/real.golden).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SHARED } from '../hub/golden'
import { LORA_TARGETS, type Row } from '../policy/policy'
import { openNodeHost } from '../workers/node'
import { PUBLIC } from './model'

interface Prompt {
  name: string
  ids: number[]
  /** Of each id after the first. */
  logprobs: number[]
  greedy: { ids: number[]; top2_gap: number[] }
  continuations?: { ids: number[]; logprobs: number[] }[] | null
}

const LIMIT = 1e-3
/** Of the reference's two best logits. */
const TIE = 1e-3

const root = join(SHARED, 'models')
const cases = (existsSync(root) ? readdirSync(root) : []).flatMap((model) => {
  const path = join(root, model, 'reference.json')
  if (!existsSync(path)) return []
  const { prompts, files } = JSON.parse(readFileSync(path, 'utf8')) as { prompts?: Prompt[]; files?: Record<string, unknown> }
  return prompts ? Object.keys(files ?? {}).slice(0, 1).map((file) => ({ model, file, prompts })) : [] // prettier-ignore
})
const all = process.env.ETUDE_BY_HAND !== undefined
/** Greedy tokens, and prompts that are gone on from, where not everything is compared. */
const [FIRST, SHORTEST] = [8, 2]

describe.skipIf(cases.length === 0)(`real models against torch (skipped where ${root} has none)`, () => {
  it.each(cases)('$model $file', { timeout: 1_200_000 }, async ({ model, file, prompts }) => {
    const folder = join(root, model)
    const host = await openNodeHost({ modelRoot: PUBLIC, file })
    const started = performance.now()
    const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`
    const policy = await host.open({ model: folder, adapter: { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: 1 } })
    console.info(`open ${seconds()}`)
    const scored: { row: Row; wanted: number[] }[] = prompts.flatMap(({ ids, logprobs, continuations }) => [
      { row: { prompt: [ids[0]!], completion: ids.slice(1) }, wanted: logprobs },
      ...(all ? (continuations ?? []) : []).map((each) => ({ row: { prompt: ids, completion: each.ids }, wanted: each.logprobs })),
    ])
    const found = await policy.logprobs({ rows: scored.map(({ row }) => row), temperature: 1 }, 'off')
    const off = found.flatMap((row, i) => {
      expect(row.length).toBe(scored[i]!.wanted.length)
      return row.map((x, t) => Math.abs(x - scored[i]!.wanted[t]!))
    })
    const worst = off.reduce((most, x) => (x <= most ? most : x), 0)
    console.info(`${model}: largest |Δ log-prob| ${worst.toExponential(1)} of ${off.length}, ${seconds()}`)
    expect(worst).toBeLessThanOrEqual(LIMIT)

    const key = { seed: 0, purpose: 'evaluation' as const, step: 0 }
    const chosen = all ? prompts : prompts.toSorted((a, b) => a.ids.length - b.ids.length).slice(0, SHORTEST)
    const maxTokens = all ? prompts[0]!.greedy.ids.length : FIRST
    const options = { n: 1, maxTokens, stop: [], temperature: 0, adapter: 'off', key }
    const greedy = await policy.sample(chosen.map(({ ids }) => ids), options) // prettier-ignore
    const differsAt = ({ greedy: wanted }: Prompt, i: number) =>
      wanted.ids.slice(0, maxTokens).findIndex((id, t) => greedy[i]![0]!.tokens[t] !== id)
    const words = chosen.map((prompt, i) => {
      const { name, greedy: wanted } = prompt
      const at = differsAt(prompt, i)
      if (at < 0) return `${name}: ${maxTokens} equal`
      return `${name}: ${at} equal, then the reference leads by ${wanted.top2_gap[at]!}`
    })
    console.info(`${words.join('\n')}\n${seconds()}`)
    chosen.forEach((prompt, i) => {
      const at = differsAt(prompt, i)
      if (at >= 0) expect(prompt.greedy.top2_gap[at], prompt.name).toBeLessThan(TIE)
    })
    await policy.close()
    await host.close()
  })
})
