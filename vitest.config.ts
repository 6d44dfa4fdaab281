// Two projects: `node` runs everything, with WebGPU from Dawn; `chromium` runs the kernels again in a browser's WebGPU.
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { CHROMIUM_ARGS, dawnEnvironment, findChromium } from './bin/chromium.mjs'

const chromium = findChromium()
// The dynamic loader reads these when a test's process starts; test processes inherit them from this one.
Object.assign(process.env, dawnEnvironment({ software: true, chromium }))

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        // Found by the first run otherwise, which reloads the page in the middle of a test.
        optimizeDeps: { include: ['fast-check'] },
        test: {
          name: 'chromium',
          include: ['src/kernels/**/*.test.ts'],
          exclude: ['src/**/*.golden.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            fileParallelism: false,
            provider: playwright({ launchOptions: { executablePath: chromium, args: CHROMIUM_ARGS } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
