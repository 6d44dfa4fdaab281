// Before `npm pack`: the page in dist, and in lib the JavaScript and the types of the package. ETUDE_PAGE=built takes dist as it is.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, ROOT } from '../prepare.mjs'

prepare()
// what these import may have been installed just now
const [page, library, types] = await Promise.all([import('../commands/build.mjs'), import('./build.mjs'), import('./types.mjs')])
if (process.env.ETUDE_PAGE !== 'built' || !existsSync(join(ROOT, 'dist/index.html'))) await page.main()
await library.buildLibrary()
types.writeTypes()
