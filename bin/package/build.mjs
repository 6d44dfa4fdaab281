// The package's JavaScript: src as it is, file by file, in lib, for Node; what only a page or a source tree has is exchanged.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, createServer } from 'vite'
import { ROOT } from '../prepare.mjs'

export const LIB = join(ROOT, 'lib')
export const ENTRIES = ['rl', 'graders', 'tasks', 'policy', 'engine']
const PACKED = join(ROOT, 'src/package/packed.ts')
const WORKERS = ['micropython.worker', 'python.worker', 'javascript.worker']

/** What src imports, and the package has otherwise; or not at all: commands of the source tree, which bin/etude.mjs does not offer there. */
const EXCHANGED = ['src/graders/sandbox/bundle.ts', 'src/graders/sandbox/browser.ts', 'src/cli/fuzz.ts', 'src/cli/schema.ts']

/** Text of src that the package has otherwise, found once each: what lies with the built page is there once, and needs no package. */
const REWORDED = {
  'src/cli/model.ts': ["'../../public'", "'../../dist'"],
  'src/graders/sandbox/node.ts': ['const { resolve } = createRequire(import.meta.url)', "const { inPage: resolve } = await import('../../package/packed')"],
}

const named = (id) => relative(ROOT, id).replaceAll('\\', '/')

const exchange = {
  name: 'package',
  enforce: 'pre',
  async resolveId(id, importer) {
    if (id === 'onnxruntime-web') return { id: '../vendor/ort.mjs', external: true }
    if (id.startsWith('.') && /\/bin\/\w+\.mjs$/.test(id)) return { id, external: true }
    if (id === 'vite') return PACKED
    if (!id.startsWith('.')) return undefined
    const found = importer && (await this.resolve(id, importer, { skipSelf: true }))
    return found && EXCHANGED.includes(named(found.id)) ? PACKED : found
  },
  transform(code, id) {
    const [from, to] = REWORDED[named(id)] ?? []
    if (from === undefined) return undefined
    if (code.split(from).length !== 2) this.error(`${id} does not read as expected (${from}); look at what changed there.`)
    return code.replace(from, to)
  },
  // commands are called as the package has them
  renderChunk: (code) => ({ code: code.replaceAll(/npm run ([a-z-]+)( --)?/g, 'etude $1'), map: null }),
}

export async function buildLibrary() {
  const entries = ENTRIES.map((name) => [`package/${name}`, join(ROOT, `src/package/${name}.ts`)])
  await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    plugins: [exchange],
    build: {
      ssr: true,
      outDir: LIB,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries([...entries, ['cli/main', join(ROOT, 'src/cli/main.ts')]]),
        output: { preserveModules: true, preserveModulesRoot: join(ROOT, 'src'), entryFileNames: '[name].js' },
      },
    },
  })
  await writeWorkers()
  writeOrt()
}

/** The sandbox's workers as text, by the source's own way of bundling them. */
async function writeWorkers() {
  const server = await createServer({ root: ROOT, configFile: false, logLevel: 'error', server: { middlewareMode: true, hmr: false, ws: false, watch: null } })
  const { bundleWorker } = await server.ssrLoadModule('/src/graders/sandbox/bundle.ts')
  mkdirSync(join(LIB, 'workers-text'))
  for (const name of WORKERS) writeFileSync(join(LIB, 'workers-text', `${name}.js`), await bundleWorker(name))
  await server.close()
}

/** ONNX Runtime for `verify`: its JavaScript for Node, with the page's wasm. Its package would be 140 MB, most of it for other uses. */
function writeOrt() {
  const vendor = join(LIB, 'vendor')
  cpSync(join(ROOT, 'node_modules/onnxruntime-common/dist/esm'), join(vendor, 'common'), { recursive: true, filter: (name) => !/\.(map|ts)$/.test(name) })
  const from = (name) => join(ROOT, 'node_modules/onnxruntime-web/dist', name)
  cpSync(from('ort-wasm-simd-threaded.mjs'), join(vendor, 'ort-wasm-simd-threaded.mjs'))
  const runtime = readFileSync(from('ort.node.min.mjs'), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
  writeFileSync(join(vendor, 'ort.node.min.mjs'), runtime.replaceAll('"onnxruntime-common"', '"./common/index.js"'))
  writeFileSync(join(vendor, 'ort.mjs'), ORT)
}

const ORT = `import { pathToFileURL } from 'node:url'
import { inPage } from '../package/packed.js'
import { env } from './ort.node.min.mjs'

env.wasm.wasmPaths = {
  mjs: new URL('./ort-wasm-simd-threaded.mjs', import.meta.url).href,
  wasm: pathToFileURL(inPage('ort/ort-wasm-simd-threaded.wasm')).href,
}
export * from './ort.node.min.mjs'
`
