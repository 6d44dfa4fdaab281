/** The commands in TypeScript. Exit status: 0 done, 2 bad input, 130 interrupted, 1 everything else; errors are one line on stderr. */
import { setSandbox } from '../graders/sandbox/session'
import { BadInput } from './arguments'

/** The caller's fault, by the error's name. */
const YOURS = new Set(['BadInput', 'BadModel', 'NeedsToken', 'RateLimited'])

type Command = (args: string[]) => Promise<number>

// Loaded when asked for, so that no command waits for what another one needs.
const commands: Record<string, () => Promise<Command>> = {
  train: async () => (await import('./train')).train,
  verify: async () => (await import('./verify')).verify,
  bench: async () => (await import('./bench')).bench,
  reproduce: async () => (await import('./reproduce')).reproduce,
  grade: async () => (await import('./grade')).grade,
  import: async () => (await import('./import')).importCommand,
  lessons: async () => (await import('./lessons')).lessonsCommand,
  serve: async () => (await import('./serve')).serve,
  'tinker-check': async () => (await import('./tinker-check')).tinkerCheck,
  export: async () => (await import('./export')).exportCommand,
  fuzz: async () => (await import('./fuzz')).fuzz,
  schema: async () => (await import('./schema')).schema,
}

export async function main(command: string, args: string[]): Promise<number> {
  setSandbox(async () => (await import('../graders/sandbox/node')).nodeSandbox())
  try {
    const load = commands[command]
    if (!load) throw new BadInput(`there is no command ${command}; choose one of ${Object.keys(commands).join(', ')}.`)
    return await (await load())(args)
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    console.error(`etude ${command}: ${message.split('\n')[0] ?? ''}`)
    return YOURS.has(name) ? 2 : 1
  }
}
