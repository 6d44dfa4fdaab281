/**
 * A process that trains into a folder, for a test to kill and start again. Arguments: the folder, the spec's file, milliseconds a token of
 * the fake policy takes, and where the models lie for a run on a real one.
 */
import { readFileSync } from 'node:fs'
import { createFakeHost } from '../policy/fake'
import { parseSpec } from '../runs/spec'
import { openFolder } from './folder'
import { record } from './record'
import { trainOn } from './trainer'

const [, , out = '', file = '', delay = '0', models] = process.argv
const spec = parseSpec(readFileSync(file, 'utf8'))
const folder = openFolder(out, spec)
const host = models === undefined ? createFakeHost({ delay: Number(delay) }) : await (await import('../workers/node')).openNodeHost({ modelRoot: models })
const recording = await record((options) => Promise.resolve(trainOn(host, options)), spec, folder, {
  opened: () => console.log(`from ${folder.step}`),
  report: () => undefined,
  evaluation: () => undefined,
}, undefined, 0.02)
await recording.done
console.log('done')
process.exit()
