/** Command lines: options, and the error whose fault is the caller's. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

/** Ends the command with exit status 2; everything else that is thrown ends it with 1. */
export class BadInput extends Error {
  override name = 'BadInput'
}

/** The values of `--name value`, for the given names alone; those in `required` must be there. `flags` stand without a value. */
export function parseOptions<Name extends string, Required extends Name, Flag extends string = never>(
  args: string[], names: readonly Name[], required: readonly Required[], usage: string, flags: readonly Flag[] = [],
): Record<Required, string> & Partial<Record<Name, string>> & Partial<Record<Flag, boolean>> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {}
  for (const name of names) options[name] = { type: 'string' }
  for (const flag of flags) options[flag] = { type: 'boolean' }
  let values: Partial<Record<string, unknown>>
  try {
    values = parseArgs({ args, options, strict: true }).values
  } catch (error) {
    const [first = ''] = (error as Error).message.split(/(?<=[^.])\. /)
    throw new BadInput(`${first.replace(/\.$/, '')}; use ${usage}.`)
  }
  for (const name of required) if (!values[name]) throw new BadInput(`--${name} is missing; use ${usage}.`)
  return values as ReturnType<typeof parseOptions<Name, Required, Flag>>
}

/** A text file that the caller named. */
export async function readInput(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new BadInput(`${what} ${path} cannot be read (${code ?? message}); check the path.`)
  }
}

/** Runs `check`; what it throws is the caller's fault. `before` says where, e.g. the file's name. */
export async function asInput<T>(check: () => T | Promise<T>, before = ''): Promise<T> {
  try {
    return await check()
  } catch (error) {
    throw error instanceof BadInput ? error : new BadInput(before + (error as Error).message, { cause: error })
  }
}
