/** A method's presets: which one the draft follows, and the draft that follows another. */
import { algorithmOf } from '../../runs/spec'
import type { AlgorithmName } from '../../rl/index'
import { exampleOf, read, readText, write, type Draft, type Json } from '../draft'
import { say } from '../words/say'

export interface Preset {
  name: string
  note: string
  settings: Record<string, unknown>
}

export function presetsOf(draft: Draft): Preset[] {
  return algorithmOf({ name: readText(draft, 'algorithm.name') as AlgorithmName }).presets ?? []
}

/** The settings that a preset decides: its own, and for those that only another one names, the example's. */
function decided(draft: Draft, preset: Preset): [string, Json | undefined][] {
  const example = exampleOf(readText(draft, 'algorithm.name'))
  const names = [...new Set(presetsOf(draft).flatMap(({ settings }) => Object.keys(settings)))]
  return names.map((name) => {
    const path = `algorithm.${name}`
    return [path, name in preset.settings ? (preset.settings[name] as Json) : read(example, path)]
  })
}

/** The preset whose settings the draft has; undefined where it is somebody's own. */
export function presetOf(draft: Draft): Preset | undefined {
  return presetsOf(draft).find((preset) =>
    decided(draft, preset).every(([path, value]) => JSON.stringify(read(draft, path)) === JSON.stringify(value)))
}

/** Settings that no preset names stay as they are. */
export function withPreset(draft: Draft, name: string): Draft {
  const preset = presetsOf(draft).find((one) => one.name === name)
  if (!preset) throw new Error(say`there is no preset “${name}”; choose ${presetsOf(draft).map((one) => one.name).join(', ')}`)
  return decided(draft, preset).reduce((old, [path, value]) => write(old, path, value), draft)
}
