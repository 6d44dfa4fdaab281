/** `--policy URL` of a command: a host on a server of the Tinker wire, once it has said that it can do the run. */
import { algorithmOf, type RunSpec } from '../runs/spec'
import { tinkerHost } from '../policy/tinker/host'
import { objections, type Wishes } from '../policy/tinker/profile'
import { BadInput } from './arguments'
import { openModel } from './model'
import { trainOn, type Trainer, type TrainerOptions } from './trainer'

export const POLICY_OPTIONS = ['policy', 'policy-model', 'policy-alpha', 'place'] as const

type Options = Partial<Record<(typeof POLICY_OPTIONS)[number] | 'device', string>>

/** Milliseconds of pauses after which a server that is only asked for counts as silent. */
const PATIENCE = 2000

export interface RemotePolicy {
  notices: string[]
  start: (options: TrainerOptions) => Promise<Trainer>
}

/** Undefined without --policy, and with --place auto where nobody answers there, which is said. Rejects before anything is started, naming everything that the server cannot do. */
export async function openPolicy(options: Options, spec: RunSpec): Promise<RemotePolicy | undefined> {
  const { policy: text, 'policy-model': model, 'policy-alpha': alpha, place } = options
  if (place !== undefined && place !== 'auto') throw new BadInput(`--place is ${place}, but can only be auto: the server of --policy where it answers, else this machine.`)
  if (text === undefined) {
    if (model !== undefined || alpha !== undefined || place !== undefined) throw new BadInput('--policy-model, --policy-alpha and --place belong to --policy.')
    return undefined
  }
  if (options.device !== undefined && place !== 'auto') throw new BadInput('--device is where this machine computes, and --policy is elsewhere; leave one of them out.')
  const { url, key } = addressOf(text)
  if (alpha !== undefined && !(Number(alpha) > 0)) throw new BadInput(`--policy-alpha is ${alpha}, but must be a number above 0.`)
  if (place === 'auto') {
    const silent = await tinkerHost({ url, key, patience: PATIENCE }).profile().then(() => undefined, (error: unknown) => (error as Error).message)
    if (silent !== undefined) {
      console.error(`--place auto: ${silent}; this machine computes`)
      return undefined
    }
    console.error(`--place auto: ${url} answers and computes`)
  }
  const host = tinkerHost({
    url,
    key,
    model,
    alpha: alpha === undefined ? undefined : Number(alpha),
    file: (id, path) => openModel(id).text(path),
    onPart: (part) => console.error(`measuring what the server does: ${part} …`),
  })
  const { notices = [] } = await host.describe(spec.model)
  const refused = objections(await host.engine(spec.model, spec.adapter.rank), wishesOf(spec))
  if (refused.length > 0) throw new BadInput(`${url} cannot do this run: ${refused.join('; ')}.`)
  return { notices, start: (options) => Promise.resolve(trainOn(host, options)) }
}

/** The key stands in the fragment, which goes to no server by itself. */
export function addressOf(text: string): { url: string; key: string | undefined } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw new BadInput(`--policy is ${text}, but must be an address that begins with http:// or https://.`)
  const token = new URLSearchParams(url.hash.slice(1)).get('token')
  url.hash = ''
  return { url: url.href.replace(/\/+$/, ''), key: token ?? process.env.ETUDE_POLICY_KEY }
}

/** What the settings of the algorithm ask of an engine; those that it has not are left out. */
function wishesOf({ adapter, algorithm }: RunSpec): Wishes {
  const settings: Record<string, unknown> = { ...algorithm }
  const number = (name: string, otherwise: number) => (typeof settings[name] === 'number' ? settings[name] : otherwise)
  return {
    adapter,
    temperature: number('temperature', 1),
    valueHead: algorithmOf(algorithm).valueHead ?? false,
    entropySlope: number('entropy_coef', 0) !== 0 || settings.use_adaptive_entropy === true,
    entropy: number('top_entropy_quantile', 1) < 1,
    snapshot: number('beta', 0) > 0 || number('kl_coef', 0) > 0,
    optimizer: { maxGradNorm: number('max_grad_norm', 0), weightDecay: number('weight_decay', 0) },
  }
}
