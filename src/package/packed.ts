/**
 * What the package has in place of a source tree and of Vite (bin/package/build.mjs exchanges them): the sandbox's workers are built
 * already, interpreters lie with the page, and the page is served as it was built.
 */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer as createHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pageFrom } from '../cli/serve/page'

const PAGE = join(import.meta.dirname, '../../dist')
const WORKERS = join(import.meta.dirname, '../workers-text')

/** In place of graders/sandbox/bundle.ts: the code of `micropython.worker` and the like. */
export function bundleWorker(entry: string): Promise<string> {
  return readFile(join(WORKERS, `${entry}.js`), 'utf8')
}

/** In place of graders/sandbox/browser.ts, which is for pages alone. */
export function browserSandbox(): never {
  throw new Error('the package runs in Node: call setSandbox(nodeSandbox) before programs are graded.')
}

/** The path of a file of a package, such as pyodide/pyodide.asm.wasm, where the page has it under its own name with a hash. */
export function inPage(name: string): string {
  const [, stem, ending] = /([^/]+)(\.\w+)$/.exec(name)!
  const found = readdirSync(join(PAGE, 'assets')).find((file) => file.startsWith(`${stem}-`) && file.endsWith(ending!))
  if (found === undefined) throw new Error(`${name} is not among the page's files in ${PAGE}; install the package again.`)
  return join(PAGE, 'assets', found)
}

/** The page's source has modules that the built page has not; a command that needs them says so. */
const SESSION = `const no = () => { throw new Error('the package trains only bundled and public models in a browser; use --device node for others') }
export const setHub = (address) => { if (address !== 'https://huggingface.co') no() }
export const setToken = (token) => { if (token !== '') no() }
export const addFolder = no
export const chosenFiles = no`

/** In place of Vite's own: the built page on a free port of 127.0.0.1. */
export function createServer(_options: object) {
  const page = pageFrom(PAGE)
  const server = createHttp((request, response) => {
    void (async () => {
      const path = (request.url ?? '/').split(/[?#]/)[0]!
      const found = path.startsWith('/src/hub/') ? new Response(SESSION, { headers: { 'content-type': 'text/javascript' } }) : await page(path)
      response.writeHead(found ? 200 : 404, Object.fromEntries(found?.headers ?? []))
      response.end(found && new Uint8Array(await found.arrayBuffer()))
    })()
  })
  return Promise.resolve({
    resolvedUrls: { local: [] as string[] },
    async listen() {
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
      this.resolvedUrls.local = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`]
    },
    close: () => new Promise<void>((done) => {
      server.closeAllConnections()
      server.close(() => done())
    }),
  })
}
