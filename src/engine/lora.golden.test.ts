import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { describeLoraCases } from './lora-cases'

const shared = process.env.ETUDE_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url))
const dialects = join(shared, 'models', 'dialects')

describe('LoRA gradients of PEFT: models/dialects/lora of the shared folder', () => {
  if (existsSync(dialects)) describeLoraCases(join(dialects, 'lora'), dialects)
  else it.skip(`skipped: no folder ${dialects}; set ETUDE_SHARED to the one that holds it`)
})
