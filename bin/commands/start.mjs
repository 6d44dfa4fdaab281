// npm start: serves the page, and opens it where there is a screen.
import { parseArgs } from 'node:util'
import { createServer } from 'vite'
import { ROOT } from '../prepare.mjs'

export async function main(_command, args) {
  const values = options(args)
  const server = await createServer({
    root: ROOT,
    configFile: `${ROOT}/vite.config.ts`,
    logLevel: 'warn',
    server: { ...(values.port && { port: Number(values.port), strictPort: true }), ...(values.host && { host: values.host }) },
  })
  await server.listen()
  const { local, network } = server.resolvedUrls
  console.log(`Étude is at ${[...local, ...network].join(' and ')} (Ctrl+C stops it).`)
  if (values.open ?? hasScreen()) {
    server.openBrowser()
  } else {
    console.log('Open the address in a browser with WebGPU (Chrome, Edge, Safari 26), or train here without a page:')
    console.log('  npm run train -- --spec examples/ledger-grpo.json --out out/ledger')
  }
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close().then(() => done(0)))
  })
}

function options(args) {
  const fail = (why) => {
    throw Object.assign(new Error(`${why}; use npm start -- [--port NUMBER] [--host ADDRESS] [--no-open].`), { exitStatus: 2 })
  }
  try {
    const known = { port: { type: 'string' }, host: { type: 'string' }, open: { type: 'boolean' } }
    const { values } = parseArgs({ args, options: known, allowNegative: true })
    if (values.port && !/^\d{1,5}$/.test(values.port)) fail(`--port is ${values.port}, but must be a number`)
    return values
  } catch (error) {
    if (error.exitStatus) throw error
    return fail(error.message.split('. ')[0])
  }
}

function hasScreen() {
  if (process.env.CI || process.env.SSH_CONNECTION) return false
  if (process.platform === 'darwin' || process.platform === 'win32') return true
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}
