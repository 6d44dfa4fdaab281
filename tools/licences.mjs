// node tools/licences.mjs: how many packages there are, how large, under which licences; of the package (what `npm install etude` brings)
// and of the whole source tree. Exit status 1 where a licence is not among the permissive ones below, with the names.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const PERMISSIVE = ['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'CC0-1.0', 'CC-BY-4.0', 'Unlicense', 'BlueOak-1.0.0', 'Python-2.0', 'MPL-2.0']

const read = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
const { dependencies, optionalDependencies, devDependencies } = read('package.json')

/** Packages that are installed here: not those of the lock file that are for other systems, nor the stubs of our own. */
const installed = Object.entries(read('package-lock.json').packages)
  .filter(([path, { link }]) => path.startsWith('node_modules/') && !link && existsSync(join(ROOT, path, 'package.json')))
  .map(([path, { dev = false, devOptional = false }]) => {
    const { name, version, license, licenses } = read(join(path, 'package.json'))
    const licence = license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'none named'
    return { path, name, version, licence, dev: dev || devOptional, bytes: sizeOf(join(ROOT, path)) }
  })

/** Bytes of a package's files, without the packages inside it. */
function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === 'node_modules') return sum
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? sizeOf(path) : entry.isFile() ? statSync(path).size : 0)
  }, 0)
}

function report(what, packages, direct) {
  const counts = new Map()
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  const list = [...counts].sort(([, a], [, b]) => b - a).map(([licence, n]) => `${licence} ${n}`)
  const bytes = packages.reduce((sum, one) => sum + one.bytes, 0)
  console.log(`${what}: ${direct} direct, ${packages.length} in all, ${(bytes / 1e6).toFixed(0)} MB; ${list.join(', ')}`)
}

const count = (...tables) => tables.reduce((sum, table) => sum + Object.keys(table).length, 0)
report('the package', installed.filter(({ dev }) => !dev), count(dependencies, optionalDependencies))
report('the source tree', installed, count(dependencies, optionalDependencies, devDependencies))

if (process.argv.includes('--direct')) {
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies }).sort()) {
    const found = installed.find(({ path }) => path === `node_modules/${name}`)
    if (!found) continue
    const { version, licence, bytes } = found
    console.log(`${name} ${version} ${licence} ${(bytes / 1e6).toFixed(1)} MB`)
  }
}

const allowed = (licence) => licence.replace(/[()]/g, '').split(/ OR /).some((one) => one.split(/ AND /).every((part) => PERMISSIVE.includes(part.trim())))
const others = installed.filter(({ licence }) => !allowed(licence))
for (const { name, version, licence } of others) console.log(`look at ${name} ${version}: ${licence}`)
process.exitCode = others.length > 0 ? 1 : 0
