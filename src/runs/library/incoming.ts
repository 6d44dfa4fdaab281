/** A file that somebody brings: what it is, by its content and not by its name. */
import { readCheckpoint } from '../checkpoint'
import { parseSpec, type RunSpec } from '../spec'
import { readRecording, type Recorded } from './recording'
import { LIMITS, readRunFile, type RunFile } from './runfile'

export type Incoming =
  | { kind: 'run'; run: RunFile }
  | { kind: 'recording'; run: Recorded }
  | { kind: 'spec'; spec: RunSpec }

/** Throws one sentence that says what is wrong with it, or what else to do with it. */
export function readIncoming(name: string, bytes: Uint8Array): Incoming {
  if (bytes.length > LIMITS.file) throw new Error(`the file ${name} has ${bytes.length} bytes, more than the ${LIMITS.file} that are read.`)
  if (bytes.length === 0) throw new Error(`the file ${name} is empty; save it again.`)
  const begins = (text: string) => [...text].every((letter, i) => bytes[i] === letter.charCodeAt(0))
  if (begins('PK\x03\x04')) return { kind: 'run', run: readRunFile(bytes) }
  if (begins('\x1f\x8b')) return { kind: 'recording', run: readRecording(bytes) }
  if (begins('ETUDERUN')) {
    const { spec, evaluations } = readCheckpoint(bytes)
    return { kind: 'run', run: { about: {}, spec, reports: [], evaluations: [...evaluations], checkpoint: bytes } }
  }
  if (bytes[8] === 0x7b && bytes[7] === 0)
    throw new Error(`the file ${name} is an adapter alone: give its folder as the adapter to start from, or open the run's zip.`)
  const text = new TextDecoder().decode(bytes.subarray(0, 4_000_000)).trimStart()
  if (!text.startsWith('{'))
    throw new Error(`the file ${name} is nothing that this page reads: a run (zip), a recording (gzip), a checkpoint or a run spec (JSON).`)
  if (text.includes('"etude-recording"')) return { kind: 'recording', run: readRecording(bytes) }
  if (text.startsWith('{"step":')) throw new Error(`the file ${name} is one of the journals of a run; zip its folder and open that.`)
  return { kind: 'spec', spec: parseSpec(text) }
}
