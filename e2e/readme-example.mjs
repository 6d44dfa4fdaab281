import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright'

const [address = 'http://localhost:5173', file = 'examples/ledger-grpo.json'] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath: process.env.ETUDE_CHROMIUM, args: ['--no-sandbox', '--enable-unsafe-webgpu'] })
const page = await browser.newPage()
await page.goto(address)
await page.evaluate((spec) => window.etude.start(spec), JSON.parse(await readFile(file, 'utf8')))
console.log(JSON.stringify(await page.evaluate(() => window.etude.done())))
await browser.close()
