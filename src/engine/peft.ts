/**
 * Adapters in PEFT's format: `adapter_config.json` and `adapter_model.safetensors`, f32, one rank for all. A value head lies beside
 * them in a file of its own, which PEFT does not look at.
 */
import type { LinearAdapter } from '../onnx/merge'
import { readSafetensors, writeSafetensors, type NamedTensor } from '../onnx/safetensors'
import { LORA_TARGETS, type LoraTarget } from '../policy/policy'
import { linearName, loraAt, targetsAmong, type LoraExceptions, type LoraShape } from './lora-shape'

export const CONFIG_FILE = 'adapter_config.json'
export const TENSORS_FILE = 'adapter_model.safetensors'
export const HEAD_FILE = 'value_head.safetensors'
/** What an adapter's folder may hold for us; the last is there only where a value head was trained. */
export const ADAPTER_FILES = [CONFIG_FILE, TENSORS_FILE, HEAD_FILE]

export interface PeftAdapter {
  shape: LoraShape
  alpha: number
  /** The value head's too, where there is its file. */
  tensors: Map<string, NamedTensor>
}

/** Throws one sentence on what cannot be continued here. */
export function readPeft(files: Record<string, Uint8Array>): PeftAdapter {
  const [config, tensors] = [files[CONFIG_FILE], files[TENSORS_FILE]]
  if (!config || !tensors)
    throw new Error(`An adapter needs ${CONFIG_FILE} and ${TENSORS_FILE}, but has ${Object.keys(files).join(', ') || 'no files'}`)
  let json: Record<string, unknown>
  try {
    json = JSON.parse(new TextDecoder().decode(config)) as Record<string, unknown>
  } catch (error) {
    throw new Error(`${CONFIG_FILE} is not JSON: ${(error as Error).message}`, { cause: error })
  }
  const { r, lora_alpha: alpha, target_modules: targets } = json
  if (json.peft_type !== 'LORA')
    throw new Error(`${CONFIG_FILE}: peft_type is ${JSON.stringify(json.peft_type)}, and only LORA can be continued`)
  if (typeof r !== 'number' || typeof alpha !== 'number') throw new Error(`${CONFIG_FILE}: r and lora_alpha must be numbers`)
  for (const field of ['use_dora', 'modules_to_save', 'lora_bias', 'trainable_token_indices', 'target_parameters'] as const)
    if (isSet(json[field])) throw new Error(`${CONFIG_FILE}: ${field} is set, and only plain LoRA can be continued`)
  const names = Array.isArray(targets) ? (targets as unknown[]) : []
  const unknown = names.find((name) => !LORA_TARGETS.includes(name as LoraTarget))
  if (unknown !== undefined || names.length === 0) {
    throw new Error(`${CONFIG_FILE}: target_modules is ${JSON.stringify(targets)}; allowed are ${LORA_TARGETS.join(', ')}`)
  }
  const rslora = Boolean(json.use_rslora)
  const scale = rslora ? alpha / Math.sqrt(r) : alpha / r
  const exceptions: LoraExceptions = { alpha, rslora, ranks: patternOf(json, 'rank_pattern'), alphas: patternOf(json, 'alpha_pattern'), ...layersOf(json) }
  const apart = exceptions.layers !== undefined || Object.keys({ ...exceptions.ranks, ...exceptions.alphas }).length > 0
  const shape: LoraShape = { rank: r, scale, targets: targetsAmong(names as string[]), ...(apart && { exceptions }) }
  const head = files[HEAD_FILE] ? readSafetensors(files[HEAD_FILE], HEAD_FILE) : []
  return { shape, alpha, tensors: new Map([...readSafetensors(tensors, TENSORS_FILE), ...head]) }
}

/** The adapter's matrices linear by linear, as merging them asks for them. */
export function adaptersOf({ shape, tensors }: PeftAdapter): (layer: number, target: string) => LinearAdapter | undefined {
  return (layer, target) => {
    const at = loraAt(shape, layer, target as LoraTarget)
    if (!at) return undefined
    const matrix = (which: 'A' | 'B') => {
      const name = `base_model.model.${linearName(layer, target as LoraTarget)}.lora_${which}.weight`
      const found = tensors.get(name)
      if (!found) throw new Error(`${TENSORS_FILE} has no tensor ${name}; take the file that belongs to ${CONFIG_FILE}`)
      return found.data
    }
    return { a: matrix('A'), b: matrix('B'), ...at }
  }
}

function isSet(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value)
}

/** rank_pattern or alpha_pattern. PEFT takes keys for regular expressions; plain ends of names are all that is read here. */
function patternOf(json: Record<string, unknown>, field: 'rank_pattern' | 'alpha_pattern'): Record<string, number> {
  const pattern = (json[field] ?? {}) as Record<string, unknown>
  for (const [key, value] of Object.entries(pattern))
    if (!/^[\w.]+$/.test(key) || typeof value !== 'number' || !(value > 0))
      throw new Error(`${CONFIG_FILE}: ${field} has ${JSON.stringify(key)}: ${JSON.stringify(value)}; only names of linears with numbers are read`)
  return pattern as Record<string, number>
}

function layersOf(json: Record<string, unknown>): { layers?: number[] } {
  const given = json.layers_to_transform ?? undefined
  if (given === undefined) return {}
  const layers = [given].flat()
  if (!layers.every((layer) => Number.isInteger(layer)))
    throw new Error(`${CONFIG_FILE}: layers_to_transform is ${JSON.stringify(given)}, and must be numbers of layers`)
  return { layers: layers as number[] }
}

/** The fields that PEFT 0.13 and every later release load. */
export function writePeft(
  model: string,
  shape: LoraShape,
  alpha: number,
  tensors: Iterable<[string, NamedTensor]>,
): Record<string, Uint8Array> {
  const { exceptions } = shape
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: model,
    r: shape.rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: shape.targets,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    use_rslora: exceptions?.rslora ?? shape.scale !== alpha / shape.rank,
    use_dora: false,
    modules_to_save: null,
    init_lora_weights: true,
    rank_pattern: exceptions?.ranks ?? {},
    alpha_pattern: exceptions?.alphas ?? {},
    layers_to_transform: exceptions?.layers ?? null,
    layers_pattern: exceptions?.layers ? 'layers' : null,
  }
  return {
    [CONFIG_FILE]: new TextEncoder().encode(`${JSON.stringify(config, null, 2)}\n`),
    [TENSORS_FILE]: writeSafetensors(tensors),
  }
}

/** The value head's file; none without tensors. */
export function writeHead(tensors: [string, NamedTensor][]): Record<string, Uint8Array> {
  return tensors.length === 0 ? {} : { [HEAD_FILE]: writeSafetensors(tensors) }
}
