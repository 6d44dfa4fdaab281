/**
 * A worker's code as one classic script, for a frame without an origin can start no other kind: built by Vite within its own build.
 * `sandboxCode()` is the plugin by which a page imports it as text: `import code from './micropython.worker?sandbox'`.
 */
import { join } from 'node:path'
import { build, type Plugin, type Rollup } from 'vite'

const FOLDER = import.meta.dirname
const SUFFIX = '?sandbox'

/** Where the packages count on more than a worker has; each must be found once. */
const REPAIRS: Record<string, [from: string | RegExp, to: string][]> = {
  // a command line of its own, under Node, that waits at the top of the module
  'micropython.mjs': [['const path=await import("path"),url=await import("url")', 'const path=null,url=null']],
}

function repair(): Plugin {
  return {
    name: 'sandbox-repair',
    enforce: 'pre',
    transform(code, id) {
      const file = id.split('/').at(-1)!
      let text = code
      for (const [from, to] of REPAIRS[file] ?? []) {
        if (text.split(from).length !== 2) this.error(`${file} does not read as expected (${String(from)}); look at what its new version changed.`)
        text = text.replace(from, to)
      }
      return text.replaceAll('import.meta.url', '"https://sandbox.invalid/"')
    },
  }
}

/** `entry` is the path of a TypeScript file in this folder without its ending, such as `micropython.worker`. */
export async function bundleWorker(entry: string): Promise<string> {
  const lib = { entry: join(FOLDER, `${entry}.ts`), formats: ['iife' as const], name: 'sandbox' }
  const built = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    plugins: [repair()],
    build: { lib, write: false, minify: true, target: 'es2023', reportCompressedSize: false },
  })
  const [output] = built as Rollup.RollupOutput[]
  return output!.output[0].code
}

export function sandboxCode(): Plugin {
  return {
    name: 'sandbox-code',
    enforce: 'pre',
    resolveId: (id) => (id.endsWith(SUFFIX) ? join(FOLDER, id.split('/').at(-1)!) : undefined),
    load: async (id) => {
      if (!id.endsWith(SUFFIX)) return undefined
      return `export const code = ${JSON.stringify(await bundleWorker(id.split('/').at(-1)!.slice(0, -SUFFIX.length)))}`
    },
  }
}
