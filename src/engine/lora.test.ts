import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'
import { describeLoraCases } from './lora-cases'

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url))

describe('LoRA gradients of PEFT: fixtures/lora', () => {
  describeLoraCases(`${fixtures}/lora`, fixtures)
})
