import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'
import { describeTrlRuns } from './trl-cases'

describe('whole runs of TRL on our engine: fixtures/trl_run', () => {
  describeTrlRuns(fileURLToPath(new URL('../../fixtures/trl_run', import.meta.url)))
})
