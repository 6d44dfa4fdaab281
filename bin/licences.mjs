// The licences of what the page is made of, for dist/licences.txt: the texts that each package brings, as most of them ask.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './prepare.mjs'

/** In workers, which are built by themselves and tell the page's build nothing. */
const IN_WORKERS = [
  'comlink', 'onnxruntime-web', 'onnxruntime-common', 'pyodide', '@micropython/micropython-webassembly-pyscript',
  '@jitl/quickjs-singlefile-browser-release-sync', '@jitl/quickjs-ffi-types', 'quickjs-emscripten-core',
]

/** A plugin of Vite that writes `file` when the page is built. */
export function licences(file) {
  const names = new Set(IN_WORKERS)
  return {
    name: 'licences',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        for (const id of chunk.moduleIds ?? []) {
          const [, name] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id) ?? []
          if (name) names.add(name)
        }
      }
    },
    closeBundle: () => writeFileSync(join(ROOT, file), [...names].sort().map(textOf).join('\n')),
  }
}

function textOf(name) {
  const folder = join(ROOT, 'node_modules', name)
  if (!existsSync(folder)) return '' // a module of the builder's own
  const { version, license, homepage = '' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${'─'.repeat(80)}\n${name} ${version}, ${license} ${homepage}`, ...texts, ''].join('\n\n')
}
