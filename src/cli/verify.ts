/**
 * npm run verify -- --model DIR_OR_ID [--file onnx/NAME.onnx] [--tokens FILE_OR_IDS] [--json FILE]: our numbers against ONNX
 * Runtime's on the same file, or an f64 forward where it computes in something else, and our gradients against differences. With
 * --all: every file of a folder of models, as a table. Exit status 0 only when all that can be loaded agree.
 */
import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ModelConfig } from '../onnx/config'
import type { Proof } from '../policy/host'
import type { Tokens } from '../policy/policy'
import { most } from '../proof/difference'
import { asInput, BadInput, parseOptions, readInput } from './arguments'
import { chooseDevice } from './device'
import { describeModel } from './model'
import { Line, progressWords } from './progress'
import { verifyModel } from './verify-model'
import { verifyAll } from './verify-table'

const USAGE =
  'npm run verify -- --model DIR_OR_ID [--file onnx/NAME.onnx] [--tokens FILE_OR_IDS] [--json FILE], or --model DIR --all [--json FILE]'

export async function verify(args: string[]): Promise<number> {
  const options = parseOptions(args, ['model', 'file', 'tokens', 'json'], ['model'], USAGE, ['all'])
  if (options.all) {
    if (options.file !== undefined || options.tokens !== undefined) throw new BadInput(`--all takes no --file and no --tokens; use ${USAGE}.`)
    await chooseDevice('node')
    const rows = await verifyAll(options.model, (line) => console.log(line))
    const verified = rows.filter((row) => !('refused' in row))
    const pass = verified.length > 0 && verified.every((row) => 'pass' in row && row.pass)
    if (options.json !== undefined) await writeFile(options.json, JSON.stringify({ results: rows, pass }, null, 1) + '\n')
    return pass ? 0 : 1
  }
  const { file, source } = await describeModel(options.model, options.file)
  for (const warning of source.warnings) console.log(warning)
  const tokens = options.tokens === undefined ? undefined : await readTokens(options.tokens, source.config)
  await chooseDevice('node')
  const line = new Line()
  const result = await verifyModel({ model: options.model, file, tokens }, (progress) => {
    line.progress(progress.phase === 'proving' ? `${progress.part} ${Math.round(100 * progress.fraction)} %` : progressWords(progress))
  }).finally(() => line.clear())
  report(result)
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(result, null, 1) + '\n')
  return result.pass ? 0 : 1
}

/** A JSON array of arrays of token ids in a file, or the ids themselves with commas. */
async function readTokens(words: string, config: ModelConfig): Promise<Tokens[]> {
  if (/^\s*\d+(\s*,\s*\d+)*\s*$/.test(words)) return checkTokens([words.split(',').map(Number)], '--tokens', config)
  const text = await readInput(words, 'the file of tokens')
  const rows = await asInput(() => z.array(z.array(z.int().min(0)).min(1)).parse(JSON.parse(text))).catch(() => {
    throw new BadInput(`${words} is no JSON array of arrays of token ids, such as [[1, 2, 3], [4, 5]]; write it so.`)
  })
  return checkTokens(rows, words, config)
}

function checkTokens(rows: Tokens[], where: string, config: ModelConfig): Tokens[] {
  for (const [i, row] of rows.entries()) {
    const wrong = row.find((id) => id >= config.vocabulary)
    if (wrong !== undefined) {
      throw new BadInput(`${where}: array ${i} has the id ${wrong}, and the vocabulary ends at ${config.vocabulary - 1}; correct it.`)
    }
    if (row.length > config.contextLength) {
      throw new BadInput(`${where}: array ${i} has ${row.length} ids, and the model takes ${config.contextLength}; cut it.`)
    }
  }
  if (!rows.some((row) => row.length > 1)) throw new BadInput(`${where}: no array has two ids, so there is nothing to score; add some.`)
  return rows
}

function report(result: Proof): void {
  const { model, file, device, dtype, dialect, about, limit, gradientLimit, tokens, logprob, dequantised, greedy, gradients, adapter } = result
  const largest = most(gradients.map(({ relative }) => relative))
  const worst = gradients.find(({ relative }) => Object.is(relative, largest))
  console.log(`${model} ${file} (${dtype}; ${dialect}) on ${device}, against ${about}:`)
  console.log(`  log-probs   largest difference ${logprob.maxAbs.toExponential(1)}, mean ${logprob.meanAbs.toExponential(1)}, of ${tokens}`)
  if (dequantised) console.log(`              from an f64 forward on the dequantised weights ${dequantised.maxAbs.toExponential(1)}`)
  const ties = greedy.ties > 0 ? `, ${greedy.ties} differ only where the reference's two best logits are within 0.001` : ''
  console.log(`  greedy      ${greedy.equal} of ${greedy.of} continuations are equal${ties}`)
  for (const { continuation, at, ours, theirs, lead } of greedy.differences) {
    console.log(`              continuation ${continuation}, token ${at}: ${ours}, not ${theirs}, which leads by ${lead.toExponential(1)}`)
  }
  if (worst) {
    const [error, step] = [worst.relative.toExponential(1), worst.step.toExponential(1)]
    console.log(`  gradients   ${gradients.length} tensors, largest relative error ${error} (${worst.name}, step ${step})`)
  }
  const off = adapter.off === 0 ? 'the bare model to the bit' : `${adapter.off.toExponential(1)} from the bare model`
  console.log(`  adapter     off, it is ${off}; on, it moves log-probs by up to ${adapter.on.toExponential(1)}`)
  const allowed = `log-probs may differ by ${limit}, gradients by ${gradientLimit}, continuations at near-ties, the bare model not at all`
  console.log(result.pass ? 'All agree.' : `They do not agree: ${allowed}.`)
}
