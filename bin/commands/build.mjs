// npm run build: the page as static files in dist, for any folder of any server, with the licences of what it is made of.
import { build } from 'vite'
import { licences } from '../licences.mjs'
import { ROOT } from '../prepare.mjs'

export async function main() {
  await build({ root: ROOT, configFile: `${ROOT}/vite.config.ts`, logLevel: 'warn', plugins: [licences('dist/licences.txt')] })
  console.log('The page is in dist: put the folder on any web server.')
  return 0
}
