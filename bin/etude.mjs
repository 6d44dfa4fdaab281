#!/usr/bin/env node
// Every command starts here, in plain JavaScript: install what is missing, then hand over to TypeScript through Vite.
import { prepare } from './prepare.mjs'

const [command = 'help', ...args] = process.argv.slice(2)
process.exitCode = await run()

async function run() {
  try {
    await prepare(command)
    const { main } = await import(`./commands/${command === 'start' || command === 'test' || command === 'build' ? command : 'typescript'}.mjs`)
    return (await main(command, args)) ?? 0
  } catch (error) {
    console.error(`etude ${command}: ${error?.message ?? error}`)
    return 1
  }
}
