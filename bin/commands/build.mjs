// npm run build: the page as static files in dist, for any folder of any server.
import { build } from 'vite'
import { ROOT } from '../prepare.mjs'

export async function main() {
  await build({ root: ROOT, configFile: `${ROOT}/vite.config.ts`, logLevel: 'warn' })
  console.log('The page is in dist: put the folder on any web server.')
  return 0
}
