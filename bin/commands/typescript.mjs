// Commands in TypeScript: src/cli/main.ts through Vite's own transform, so that `?raw` imports work as in the page.
import { spawn } from 'node:child_process'
import { createServer } from 'vite'
import { provideDawn } from '../chromium.mjs'
import { ROOT } from '../prepare.mjs'

const ON_GPU = ['train', 'verify', 'bench', 'reproduce', 'lessons', 'export', 'serve', 'tinker-check']

export async function main(command, args) {
  // The dynamic loader looks at its variables only when a process starts: once more, with them.
  const extra = ON_GPU.includes(command) && !process.env.ETUDE_DAWN ? provideDawn() : {}
  if (Object.keys(extra).length > 0) return again({ ...process.env, ...extra, ETUDE_DAWN: 'set' })

  const server = await createServer({
    root: ROOT,
    configFile: `${ROOT}/vite.config.ts`,
    cacheDir: 'node_modules/.vite-cli', // the page's is kept by other settings
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  })
  const { main: run } = await server.ssrLoadModule('/src/cli/main.ts')
  const status = await run(command, args)
  await server.close()
  process.exit(status) // Dawn keeps a process alive
}

function again(env) {
  const child = spawn(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('exit', (status) => done(status ?? 1))
  })
}
