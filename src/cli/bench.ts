/**
 * npm run bench -- --suite decode|train|load|step|kernels [--model NAME] [--file onnx/NAME.onnx] [--repetitions N] [--json FILE]
 * [--device node]: times in Node on Dawn, medians and quartiles, after the model's log-probs agreed with an f64 forward; exit status 1
 * and no time where they do not. Times end when the GPU has done its work (by waiting for it, not by timestamp queries).
 */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { describeDevice } from '../policy/host'
import { LORA_TARGETS } from '../policy/policy'
import { openDequantised } from '../proof/reference'
import { BUNDLED_MODEL } from '../runs/spec'
import { BadInput, parseOptions } from './arguments'
import { environmentOf } from './bench/environment'
import { checkNumbers } from './bench/gate'
import { SUITES, tableOf, type BenchResult, type Figure, type Suite } from './bench/result'
import { chooseDevice } from './device'
import { describeModel, PUBLIC } from './model'

const USAGE = `npm run bench -- --suite ${SUITES.join('|')} [--model NAME] [--file onnx/NAME.onnx] [--repetitions N] [--json FILE] [--device node]`

export async function bench(args: string[]): Promise<number> {
  const options = parseOptions(args, ['suite', 'model', 'file', 'repetitions', 'json', 'device'], ['suite'], USAGE)
  const suite = SUITES.find((name) => name === options.suite)
  if (!suite) throw new BadInput(`--suite is ${options.suite}, but must be one of ${SUITES.join(', ')}.`)
  const wanted = options.repetitions === undefined ? undefined : Number(options.repetitions)
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= 1000)) {
    throw new BadInput(`--repetitions is ${options.repetitions}, but must be a whole number from 1 to 1000.`)
  }
  if (options.device === 'browser') {
    throw new BadInput(
      '--device browser is not offered: a page’s log-probs cannot be compared before it is timed; leave it out, ' +
        'or time the page with examples/outside/benchmark.mjs.',
    )
  }
  await chooseDevice(options.device ?? 'node')
  const result = await runSuite(suite, { model: options.model ?? BUNDLED_MODEL, file: options.file, wanted })
  const { environment: { adapter, runtime, etude, commit, host }, gate, about } = result // prettier-ignore
  const driver = adapter.driver === '' || adapter.driver === adapter.name ? '' : ` (${adapter.driver})`
  const device = `${describeDevice(adapter)}${driver}`
  console.log(`${suite}: ${options.model ?? BUNDLED_MODEL} on ${device}, Node ${runtime.node}, Dawn ${runtime.webgpu ?? '(unknown)'}`)
  const load = host.load.map((running) => running.toFixed(1)).join(' before, ')
  console.log(`Étude ${etude}${commit === undefined ? '' : ` at ${commit}`}; ${host.cores} × ${host.processor}, load ${load} after it`)
  console.log(`log-probs differ from f64 by ${Math.max(gate.scored, gate.decoded).toExponential(1)} at most; ${about}\n`)
  console.log(tableOf(result))
  if (Math.max(...host.load) > host.cores) {
    console.log(`\nMore ran than the ${host.cores} cores hold: these times are the machine's load as much as the work's; measure again when it is idle.`)
  }
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(result, null, 1) + '\n')
  return 0
}

export interface BenchOptions {
  model: string
  file?: string | undefined
  /** Repetitions; by the time of one when left out. */
  wanted?: number | undefined
}

/** Rejects with WrongNumbers, before anything is timed, where the model's log-probs are wrong. */
export async function runSuite(suite: Suite, { model, file, wanted }: BenchOptions): Promise<BenchResult> {
  const environment = await environmentOf()
  const { openNodeHost } = await import('../workers/node')
  const host = await openNodeHost({ modelRoot: PUBLIC })
  try {
    const open = { model, file, adapter: { rank: 8, alpha: 16, targets: [...LORA_TARGETS], seed: 1 } }
    const described = await describeModel(model, file)
    const policy = await host.open(open)
    let told: { about: string; figures: Figure[] } | undefined
    let gate
    try {
      const reference = await openDequantised(described.source, policy.info.parameters, 'bench')
      gate = await checkNumbers(policy, reference)
      if (suite === 'decode') told = await (await import('./bench/decode')).decodeSuite(policy, wanted)
      if (suite === 'train') told = await (await import('./bench/train')).trainSuite(policy, wanted)
    } finally {
      await policy.close()
    }
    if (suite === 'load') told = await (await import('./bench/load')).loadSuite(host, open, wanted)
    if (suite === 'step') told = await (await import('./bench/step')).stepSuite(host, { model, file }, wanted)
    told ??= await (await import('./bench/kernels')).kernelSuite(wanted)
    environment.host.load.push(loadavg()[0]!)
    return { format: 'etude-bench', version: 1, suite, about: told.about, environment, gate, figures: told.figures }
  } finally {
    await host.close()
  }
}
