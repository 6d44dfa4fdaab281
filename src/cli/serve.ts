/**
 * npm run serve -- [--model NAME,…] [--host ADDRESS] [--port N] [--name HOST,…] [--allow-origin URL,…] [--upstream URL] [--alpha N]
 * [--engines N]: this machine's GPU for other people's tabs, over the Tinker wire, and the built page with it. Listens on 127.0.0.1 unless
 * told; every request needs the token in the address that is printed (ETUDE_TOKEN sets it). With --upstream another server of the wire is
 * passed through, whose key (ETUDE_UPSTREAM_KEY) stays here. docs/remote.md says how it is reached from elsewhere.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describeDevice } from '../policy/host'
import { BUNDLED_MODEL } from '../runs/spec'
import { BadInput, parseOptions } from './arguments'
import { openModel, PUBLIC } from './model'
import { serverApp } from './serve/app'
import { createToken } from './serve/guards'
import { LIMITS } from './serve/limits'
import { listen } from './serve/listen'
import { calmLog } from './serve/log'
import { pageFrom } from './serve/page'
import { wireServer } from './serve/routes'
import { upstream } from './serve/upstream'

const USAGE =
  'npm run serve -- [--model NAME,…] [--host 127.0.0.1] [--port 7860] [--name HOST,…] [--allow-origin URL,…] [--upstream URL] [--alpha 32] [--engines 1]'
const NVIDIA =
  'on a machine with an NVIDIA GPU, Vulkan needs the package libvulkan1 and the driver’s nvidia_icd.json, and in a container NVIDIA_DRIVER_CAPABILITIES=compute,utility,graphics'
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']
const DIST = join(import.meta.dirname, '../../dist')

export async function serve(args: string[]): Promise<number> {
  const options = parseOptions(args, ['model', 'host', 'port', 'name', 'allow-origin', 'upstream', 'alpha', 'engines'], [], USAGE)
  const list = (text = '') => text.split(',').map((each) => each.trim()).filter((each) => each !== '')
  const port = whole('port', options.port ?? '7860', 0, 65_535)
  const address = options.host ?? '127.0.0.1'
  const token = process.env.ETUDE_TOKEN ?? createToken()
  if (!/^tml-.{16,}$/.test(token)) throw new BadInput('ETUDE_TOKEN must begin with tml- and go on with at least 16 characters; leave it out for a new one each time.')
  const origins = list(options['allow-origin']).map((url) => addressOf('allow-origin', url).origin)
  const models = options.model === undefined ? [BUNDLED_MODEL] : list(options.model)

  const wire = await open(options, models)
  let reached: string[] = []
  const page = existsSync(join(DIST, 'index.html')) ? pageFrom(DIST) : undefined
  const app = serverApp({ token, hosts: () => reached, origins, limits: LIMITS, wire: wire.app, page, log: calmLog((line) => console.log(line)) })
  const bound = await listen(app.fetch, address, port).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? new BadInput(`port ${port} is taken; choose another --port.`) : error
  })
  const own = address.includes(':') ? `[${address}]` : address
  reached = [...LOOPBACK, ...(address === '0.0.0.0' || address === '::' ? [] : [own])].map((name) => `${name}:${bound.port}`)
  reached.push(...list(options.name).map((name) => name.toLowerCase()))

  console.log(`${wire.what}\nopen http://localhost:${bound.port}/#token=${token}`)
  if (!page) console.log('the page is not built, so that only the wire is served; npm run build makes it')
  if (!LOOPBACK.includes(own)) console.log(`everyone who reaches ${own} can try tokens, and what they send can be read on the way; see docs/remote.md for TLS`)
  await new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop())
  })
  bound.close()
  await wire.close()
  return 0
}

async function open(options: Partial<Record<'upstream' | 'alpha' | 'engines' | 'model', string>>, models: string[]) {
  if (options.upstream !== undefined) {
    if (options.model !== undefined) throw new BadInput('--model belongs to this machine’s engine, and --upstream replaces it; leave one of them out.')
    const url = addressOf('upstream', options.upstream)
    const key = process.env.ETUDE_UPSTREAM_KEY
    const { app, close } = upstream({ url: url.href, key, limits: LIMITS })
    return { app, what: `passing on to ${url.origin}${key === undefined ? ', without a key (ETUDE_UPSTREAM_KEY is not set)' : ''}`, close: () => Promise.resolve(close()) }
  }
  for (const model of models) openModel(model)
  const { openNodeHost } = await import('../workers/node')
  const host = await openNodeHost({ modelRoot: PUBLIC }).catch((error: unknown) => {
    throw new Error(`${(error as Error).message} (${NVIDIA})`, { cause: error })
  })
  const device = describeDevice(await host.profile())
  const alpha = whole('alpha', options.alpha ?? '32', 1, 4096)
  const { app, close } = wireServer({ host, models, limits: LIMITS, alpha, engines: whole('engines', options.engines ?? '1', 1, 64) })
  return { app, close, what: `serving ${models.join(', ')} on ${device}` }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new BadInput(`--${name} is ${text}, but must be a whole number from ${least} to ${most}.`)
}

function addressOf(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new BadInput(`--${name} is ${text}, but must be an address that begins with http:// or https://.`)
}
