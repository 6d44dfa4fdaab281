/** Every command line of the README and the documentation: its options are known, and what needs no network, server or hour is run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'
import { pages } from '../../bin/docs.mjs'
import { main } from './main'

const ROOT = join(import.meta.dirname, '../..')

interface Line {
  page: string
  command: string
  args: string[]
}

/** `npm run COMMAND -- ARGS # what it does`, indented as code is. */
function linesOf(page: string): Line[] {
  return readFileSync(join(ROOT, page), 'utf8').split('\n').flatMap((line) => {
    const [, command, rest = ''] = /^ {4}npm run ([a-z-]+)(?: -- (.*))?$/.exec(line.replace(/\s+#.*$/, '')) ?? []
    if (command === undefined || command === 'docs' || command === 'build') return []
    const args = [...rest.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare!)
    return [{ page, command, args }]
  })
}

const lines = pages().flatMap(linesOf)

/** Whole in a moment, once what they would write or train is left out. */
function asTried({ command, args }: Line): string[] | undefined {
  const named = (option: string) => args[args.indexOf(option) + 1]
  const far = args.some((arg) => /^https?:|^(FILE|URL|DIR|NAME)$|papers\/|smollm2/.test(arg))
  if (far || args.includes('examples/rft/graders/judge.json')) return undefined
  if (command === 'grade') return args
  if (command !== 'train') return undefined
  return args.includes('--job') ? ['--job', named('--job')!, '--dry-run'] : ['--spec', named('--spec')!, '--dry-run']
}

let [out, error]: MockInstance[] = []
beforeEach(() => {
  ;[out, error] = [vi.spyOn(console, 'log').mockImplementation(() => undefined), vi.spyOn(console, 'error').mockImplementation(() => undefined)]
})
afterEach(() => { vi.restoreAllMocks() })

describe.each(lines)('$page: $command $args', (line) => {
  it('has options that the command knows', async () => {
    expect(await main(line.command, [...line.args, '--no-such-option'])).toBe(2)
    expect(error!.mock.calls.flat().join('\n')).toContain("Unknown option '--no-such-option'")
  })

  const tried = asTried(line)
  it.skipIf(!tried)('does what it says, as far as a moment goes (skipped where it needs a network, a server or an hour)', async () => {
    expect(await main(line.command, tried!), error!.mock.calls.flat().join('\n')).toBe(0)
    expect(out!.mock.calls.flat().join('\n')).not.toBe('')
  })
})

it('finds them', () => {
  expect(lines.length).toBeGreaterThanOrEqual(15)
  expect(lines.filter(asTried).length).toBeGreaterThanOrEqual(4)
})
