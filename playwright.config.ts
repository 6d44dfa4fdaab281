// Journeys in a real Chromium with real WebGPU (the software adapter), against the page as it is published.
import { execFileSync } from 'node:child_process'
import { defineConfig } from '@playwright/test'
import { CHROMIUM_ARGS, findChromium } from './bin/chromium.mjs'

// This file is read by every process of a run: the first one chooses a port that is free, the others inherit it.
process.env.ETUDE_PORT ??= execFileSync(process.execPath, [
  '-e',
  "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close() })",
]).toString().trim()
const port = process.env.ETUDE_PORT
const folder = '--outDir out/e2e'
const server = `--host 127.0.0.1 --port ${port} --strictPort`
const chromium = findChromium()

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 1,
  timeout: 240_000,
  expect: { timeout: 60_000 },
  forbidOnly: Boolean(process.env.CI),
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width: 1280, height: 900 },
    screenshot: 'only-on-failure',
    serviceWorkers: 'block', // a journey sees the server; the one about working offline allows it
    launchOptions: { ...(chromium && { executablePath: chromium }), args: CHROMIUM_ARGS },
  },
  webServer: {
    command: `npx vite build ${folder} --emptyOutDir --logLevel warn && npx vite preview ${folder} ${server}`,
    url: `http://127.0.0.1:${port}/`,
    timeout: 180_000,
  },
})
