/**
 * Makes the built page work without a network after the first visit: writes sw.js (bin/page/worker.js) with the list of what belongs
 * to the page. Interpreters and ONNX Runtime are too large to fetch unasked; they are kept once they were used, as other models are.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** Larger files wait until they are used, and so do the interpreters of graders and the fonts of old browsers. */
const LARGEST = 1_000_000
const LATER = /^assets\/(python|javascript|micropython|ort)[-.]|\.(map|woff|ttf)$/
/** Of the public folder, what the first run needs. */
const ALWAYS = /^(icon\.svg|scheme\.js|manifest\.webmanifest|models\/ledger\/)/

export function offline(): Plugin {
  let publicDir = ''
  return {
    name: 'offline',
    apply: 'build',
    configResolved(config) {
      publicDir = config.publicDir
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const built = Object.values(bundle).map((file) => ({ name: file.fileName, bytes: Buffer.from(file.type === 'chunk' ? file.code : file.source) }))
        const files = readdirSync(publicDir, { recursive: true, encoding: 'utf8', withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(publicDir.length + 1))
          .filter((name) => ALWAYS.test(name))
          .map((name) => ({ name, bytes: readFileSync(join(publicDir, name)) }))
        const page = [...built, ...files].filter(({ name, bytes }) => bytes.length <= LARGEST && !LATER.test(name))
        const hash = createHash('sha256')
        for (const { name, bytes } of page) hash.update(name).update(bytes)
        const list = ['./', ...page.map(({ name }) => name).filter((name) => name !== 'index.html')]
        const worker = readFileSync(new URL('./worker.js', import.meta.url), 'utf8')
          .replace("['./']", JSON.stringify(list))
          .replace('development', hash.digest('hex').slice(0, 12))
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: worker })
      },
    },
  }
}
