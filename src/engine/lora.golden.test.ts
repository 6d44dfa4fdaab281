import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { SHARED } from '../hub/golden'
import { describeLoraCases } from './lora-cases'

const dialects = join(SHARED, 'models', 'dialects')

describe('LoRA gradients of PEFT: models/dialects/lora of the shared folder', () => {
  if (existsSync(dialects)) describeLoraCases(join(dialects, 'lora'), dialects)
  else it.skip(`skipped: no folder ${dialects}; set ETUDE_SHARED to the one that holds it`)
})
