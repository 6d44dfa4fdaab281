import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { SHARED } from '../hub/golden'
import { describeTrlRuns } from './trl-cases'

const folder = join(SHARED, 'golden', 'trl_run')

describe('whole runs of TRL on our engine: golden/trl_run of the shared folder', () => {
  if (existsSync(folder)) describeTrlRuns(folder)
  else it.skip(`skipped: no folder ${folder}; set ETUDE_SHARED to the one that holds it`)
})
