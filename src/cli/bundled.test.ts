/** The models that come with the page: their files are there, small, and for tasks that there are. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { catalog } from '../hub/catalog'
import { tasks } from '../tasks/index'

const PUBLIC = join(import.meta.dirname, '../../public')
const TEXTS = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json']

describe.each(catalog)('the bundled model $id', ({ path, tasks: named }) => {
  it('is there, small, and for tasks that there are', () => {
    for (const file of TEXTS) expect(statSync(join(PUBLIC, path, file)).size).toBeGreaterThan(100)
    expect(statSync(join(PUBLIC, path, 'onnx/model.onnx')).size).toBeLessThan(2e6)
    for (const name of named) expect(tasks).toHaveProperty(name)
  })
})
