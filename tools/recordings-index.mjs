// Writes public/recordings/index.json from what lies there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FOLDER = new URL('../public/recordings/', import.meta.url)
const ORDER = ['grpo', 'motif', 'sft', 'reft'] // then the others

const rank = (file) => (ORDER.findIndex((method) => file.includes(method)) + ORDER.length + 1) % (ORDER.length + 1)
const lines = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json.gz'))
  .sort((a, b) => rank(a) - rank(b))
  .map((file) => ({ file, name: JSON.parse(gunzipSync(readFileSync(new URL(file, FOLDER)))).name }))
writeFileSync(new URL('index.json', FOLDER), JSON.stringify(lines, null, 2) + '\n')
console.log(`${lines.length} recordings`)
