/**
 * What graders may use on the command line. A server's key comes from OPENAI_API_KEY and goes to the server of OPENAI_BASE_URL alone
 * (https://api.openai.com/v1 when left out); nothing is sent without --allow-network, and Python runs only with --allow-python.
 */
import type { GraderTools } from '../graders/grader'
import { setSandbox } from '../graders/sandbox/session'

const OPENAI = 'https://api.openai.com/v1'

export interface Leave {
  network: boolean
  python: boolean
}

export function graderTools({ network, python }: Leave, env: Readonly<Record<string, string | undefined>> = process.env): GraderTools {
  setSandbox(async () => (await import('../graders/sandbox/node')).nodeSandbox({ allowPython: python }))
  const key = env.OPENAI_API_KEY
  const endpoint = env.OPENAI_BASE_URL ?? (key ? OPENAI : undefined)
  const home = URL.parse(endpoint ?? OPENAI)?.origin
  return {
    endpoint,
    key: (where) => (where === home ? key : undefined),
    ...(network && { allow: () => true }),
  }
}
