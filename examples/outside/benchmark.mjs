import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright'
const [address = 'http://localhost:7860', file = 'node_modules/etude/examples/ledger-grpo.json'] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath: process.env.ETUDE_CHROMIUM, args: ['--no-sandbox', '--enable-unsafe-webgpu'] })
const page = await browser.newPage()
await page.goto(address)
await page.evaluate((spec) => window.etude.start(spec), JSON.parse(await readFile(file, 'utf8')))
const { steps, tokens, seconds } = await page.evaluate(() => window.etude.done())
console.log(`${steps} steps, ${(tokens / seconds).toFixed(0)} generated tokens a second, ${seconds.toFixed(1)} s`)
await browser.close()
