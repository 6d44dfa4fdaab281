// Commands of the package: src/cli/main.ts as it was built.
import { provideDawn } from '../chromium.mjs'
import { lendVulkan } from '../vulkan.mjs'

const WITHOUT_GPU = ['grade', 'import']

export async function main(command, args) {
  if (!WITHOUT_GPU.includes(command)) {
    provideDawn()
    lendVulkan()
  }
  const { main: run } = await import('../../lib/cli/main.js')
  process.exit(await run(command, args)) // Dawn keeps a process alive
}
