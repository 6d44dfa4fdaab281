// The package from the outside: `npm run test:package` packs it, installs it in an empty folder, and uses it there.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['e2e/outside.check.ts'], testTimeout: 240_000, hookTimeout: 600_000, pool: 'forks' },
})
