// Before `npm pack`: the page in dist, and in lib the JavaScript and the types of the package. ETUDE_PAGE=built takes dist as it is.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { main as buildPage } from '../commands/build.mjs'
import { prepare, ROOT } from '../prepare.mjs'
import { buildLibrary } from './build.mjs'
import { writeTypes } from './types.mjs'

prepare()
if (process.env.ETUDE_PAGE !== 'built' || !existsSync(join(ROOT, 'dist/index.html'))) await buildPage()
await buildLibrary()
writeTypes()
