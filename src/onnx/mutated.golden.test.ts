/** Damaged files of the real exporters (see `mutated.test.ts`); ETUDE_MUTATIONS sets how many of each. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectSentence, readAll } from './damage.fixture'
import { memory, mutate, seeded } from './fixture'

const folder = join(process.env.ETUDE_SHARED ?? resolve(import.meta.dirname, '../../../shared'), 'models/dialects')
const COUNT = Number(process.env.ETUDE_MUTATIONS ?? 4)
const SEED = Number(process.env.ETUDE_SEED ?? 5)
/** Graphs come first in a file, and most of the harm is done there. */
const HEAD = 65_536

const models = existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'manifest.json'))) : []

describe.skipIf(models.length === 0)(`damaged real files (${COUNT} of each, seed ${SEED}; skipped without ETUDE_SHARED)`, () => {
  it.each(models)('%s', async (model) => {
    const random = seeded(SEED)
    const bytes = (path: string) => new Uint8Array(readFileSync(join(folder, model, path)))
    const names = readdirSync(join(folder, model, 'onnx')).map((name) => `onnx/${name}`)
    const files = Object.fromEntries(['config.json', ...names].map((path) => [path, bytes(path)]))
    let refused = 0
    for (const path of names) {
      for (let i = 0; i < COUNT; i++) {
        const whole = files[path]!
        const head = random() < 0.7 ? Math.min(HEAD, whole.length) : whole.length
        const start = mutate(whole.subarray(0, head), random)
        const damaged = new Uint8Array(start.length + whole.length - head)
        damaged.set(start)
        damaged.set(whole.subarray(head), start.length)
        const file = path.replace(/(\.onnx)[._]data.*$/, '$1')
        if (await expectSentence(() => readAll(memory({ ...files, [path]: damaged }), file), `${path}, case ${i}`)) refused++
      }
    }
    expect(refused).toBeGreaterThan(0)
  })
})
