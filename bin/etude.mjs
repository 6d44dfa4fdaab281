#!/usr/bin/env node
// Every command starts here, in plain JavaScript: install what is missing, then hand over.
import { PACKED, prepare } from './prepare.mjs'

const PLAIN = PACKED ? [] : ['start', 'test', 'build', 'docs'] // commands in JavaScript; the others are TypeScript in src/cli
const TYPESCRIPT = ['train', 'verify', 'bench', 'reproduce', 'grade', 'import', 'lessons', 'export', 'serve', 'tinker-check', ...(PACKED ? [] : ['fuzz', 'schema'])]

const [command = 'help', ...args] = process.argv.slice(2)
process.exitCode = await run()

async function run() {
  if (!PLAIN.includes(command) && !TYPESCRIPT.includes(command)) {
    const known = [...PLAIN, ...TYPESCRIPT].join(', ')
    console.error(`etude: there is no command ${command}; choose one of ${known}.`)
    return 2
  }
  try {
    prepare()
    const { main } = await import(`./commands/${PLAIN.includes(command) ? command : PACKED ? 'packed' : 'typescript'}.mjs`)
    return await main(command, args)
  } catch (error) {
    console.error(`etude ${command}: ${error?.message ?? error}`)
    return error?.exitStatus ?? 1
  }
}
