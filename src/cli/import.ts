/**
 * npm run import -- --job FILE --out SPEC: a reinforcement fine-tuning job of OpenAI as a run spec, which `train --spec` runs. Paths in
 * the job count from its own folder. Its first rows are shown, and what of the job has no effect here is said, field by field.
 */
import { writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { readAddress } from '../hub/address'
import { importJob, type ImportedJob } from '../runs/rft-job'
import { asInput, BadInput, parseOptions, readInput } from './arguments'
import { printPreview } from './forecast-text'

const USAGE = 'npm run import -- --job FILE --out SPEC [--model ID] [--endpoint URL|loaded] [--max-completion-length N]'

export async function importCommand(args: string[]): Promise<number> {
  const options = parseOptions(args, ['job', 'out', 'model', 'endpoint', 'max-completion-length'], ['job', 'out'], USAGE)
  const length = options['max-completion-length']
  if (length !== undefined && !/^[1-9]\d*$/.test(length))
    throw new BadInput(`--max-completion-length is ${length}; it must be a whole number above 0.`)
  const { spec, remarks } = await readJob(options.job, {
    model: options.model,
    endpoint: options.endpoint,
    ...(length !== undefined && { max_completion_length: Number(length) }),
  })
  await asInput(() => writeFile(options.out, JSON.stringify(spec, null, 2) + '\n'), `${options.out} cannot be written: `)
  console.log(await printPreview(spec))
  for (const remark of remarks) console.log(`note: ${remark}.`)
  console.log(`${options.out}: ${spec.steps} steps on ${spec.model}; run it with npm run train -- --spec ${options.out} --out DIR`)
  return 0
}

/** The job of a file as a spec. Throws BadInput. */
export async function readJob(path: string, options: Parameters<typeof importJob>[2]): Promise<ImportedJob> {
  const text = await readInput(path, 'the job')
  const address = (file: string) => (/^https?:/i.test(file) ? file : relative('', resolve(dirname(path), file)))
  return asInput(() => importJob(text, { file: readAddress, address }, options), `${path}: `)
}
