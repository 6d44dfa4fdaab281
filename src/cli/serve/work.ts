/** What the engine does for the wire: log-probs, gradients, steps, samples. Everything here runs within the queue, one after the other. */
import type { Completion, Policy, SampleOptions, Slope } from '../../policy/policy'
import type { Call, CallResult, SampleResult, WireRow } from '../../policy/tinker/codec'
import { Refusal, type Limits } from './limits'
import { lossOf, needsOf, type LossInputs } from './losses'
import type { Model, Seats } from './seats'
import type { Sampler } from './store'

/** Overtaken versions of a model's published weights that can still be sampled from. */
const KEPT = 4
const PUBLISHED = '~'

interface Row {
  prompt: number[]
  completion: number[]
}

/** Refuses at once what can be seen without the model. Rows come from the wire: nothing about them is sure. */
export function checkCall({ rows, loss, config, forwardOnly }: Call, limits: Limits): void {
  if (rows.length > limits.rows) throw new Refusal(413, `${rows.length} rows in one request; at most ${limits.rows} are taken`)
  const tokens = rows.reduce((all, row) => all + row.tokens.length, 0)
  if (tokens > limits.tokens) throw new Refusal(413, `${tokens} tokens in one request; at most ${limits.tokens} are taken`)
  if (loss !== 'etude') lossOf(loss, config)
  rows.forEach((row, b) => {
    const { target_tokens: targets, ...inputs } = row.inputs
    if (targets?.dtype !== 'int64') throw new Refusal(422, `row ${b} has no target_tokens (int64)`)
    for (const [name, { values }] of Object.entries(inputs)) {
      if (!values.every(Number.isFinite)) throw new Refusal(422, `row ${b}: ${name} has a number that is not finite`)
    }
    if (loss === 'etude') return
    const length = row.tokens.length
    if (length === 0 || targets.values.length !== length) throw new Refusal(422, `row ${b} has ${length} tokens and ${targets.values.length} targets`)
    const moved = targets.values.findIndex((target, i) => i + 1 < length && target !== row.tokens[i + 1])
    if (moved >= 0) throw new Refusal(422, `row ${b}: target ${moved} is not the next token of the input; other targets are not offered here`)
    for (const name of forwardOnly ? [] : needsOf(loss)) {
      const given = row.inputs[name]?.values.length
      if (given !== length) throw new Refusal(422, `row ${b} has ${given ?? 'no'} ${name} for ${length} targets`)
    }
  })
}

/** The prompt of a row of the usual form is its first token, so that every target has a log-prob. */
function rowOf({ tokens, inputs }: WireRow, loss: string, policy: Policy, b: number): Row {
  const targets = inputs.target_tokens!.values
  const prompt = loss === 'etude' ? tokens.slice(0, tokens.length - targets.length) : tokens.slice(0, 1)
  const { vocabulary, contextLength } = policy.info
  const all = [...prompt, ...targets]
  const bad = all.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary)
  if (bad !== undefined) throw new Refusal(422, `row ${b} has the token ${bad}; ids are below ${vocabulary}`)
  if (prompt.length === 0) throw new Refusal(422, `row ${b} has no token before its targets`)
  if (all.length > contextLength) throw new Refusal(422, `row ${b} has ${all.length} tokens; the model reads ${contextLength}`)
  return { prompt, completion: targets }
}

const number = (config: Call['config'], name: string, usual: number): number => {
  const value = config[name] ?? usual
  if (typeof value !== 'number' || !(value > 0)) throw new Refusal(422, `${name} is ${value}, and must be above 0`)
  return value
}

export async function forwardBackward(seats: Seats, model: Model, call: Call): Promise<CallResult> {
  const policy = await seats.sit(model)
  const rows = call.rows.map((row, b) => rowOf(row, call.loss, policy, b))
  const own = call.loss === 'etude'
  const batch = { rows, temperature: own ? number(call.config, 'temperature', 1) : 1 }
  const type = 'ArrayRecord'
  if (rows.length === 0) return { type, rows: [], metrics: {} }
  const { adapter } = call.config
  if (own && call.forwardOnly && typeof adapter === 'string' && adapter !== 'current') {
    model.pass = undefined
    return { type, rows: (await policy.logprobs(batch, adapter)).map((logprobs) => ({ logprobs })), metrics: {} }
  }
  const key = JSON.stringify(batch)
  if (own && !call.forwardOnly && model.pass?.key === key) {
    const { id } = model.pass // the tape of the same rows is still there
    model.pass = undefined
    await addGradient(policy, model, batch, id, ownSlope(call.rows, rows, policy))
    return { type, rows: rows.map(() => ({ logprobs: [] })), metrics: {} }
  }
  const { id, logprob, entropy, value } = await policy.forward(batch)
  if (own) {
    if (call.forwardOnly) model.pass = { key, id }
    else await addGradient(policy, model, batch, id, ownSlope(call.rows, rows, policy))
    const made = logprob.map((logprobs, b) => ({ logprobs, entropy: entropy[b]!, ...(value && { value: value[b]! }) }))
    return { type, rows: made, metrics: {} }
  }
  model.pass = undefined
  const inputs = call.rows.map(({ inputs }): LossInputs =>
    Object.fromEntries(needsOf(call.loss).map((name) => [name, inputs[name]?.values ?? rows[0]!.completion.map(() => 0)])),
  )
  const { value: loss, slope } = lossOf(call.loss, call.config)(logprob, inputs)
  if (!call.forwardOnly) await addGradient(policy, model, batch, id, { logprob: slope })
  return { type, rows: logprob.map((logprobs) => ({ logprobs })), metrics: { 'loss:sum': loss } }
}

async function addGradient(policy: Policy, model: Model, batch: { rows: Row[]; temperature: number }, id: number, slope: Slope): Promise<void> {
  await policy.backward(id, slope)
  model.pending.push({ batch, slope })
}

function ownSlope(given: WireRow[], rows: Row[], policy: Policy): Slope {
  const of = (name: string, extra: number) => {
    if (!given.some(({ inputs }) => inputs[name])) return undefined
    return given.map(({ inputs }, b) => {
      const values = inputs[name]?.values ?? []
      const length = rows[b]!.completion.length + extra
      if (values.length !== length) throw new Refusal(422, `row ${b} has ${values.length} numbers of ${name}, and needs ${length}`)
      return values
    })
  }
  const [logprob, entropy, value] = [of('logprob_slope', 0), of('entropy_slope', 0), of('value_slope', 1)]
  if (!logprob) throw new Refusal(422, 'the rows have no logprob_slope')
  const { can } = policy.info
  if (entropy && !can.entropySlope) throw new Refusal(422, 'this engine takes no slope of the entropy')
  if (value && !can.valueHead) throw new Refusal(422, 'this model was made without a value head')
  return { logprob, ...(entropy && { entropy }), ...(value && { value }) }
}

export interface Adam {
  learning_rate: number
  beta1: number
  beta2: number
  eps: number
  weight_decay: number
  grad_clip_norm: number
  etude?: { restart?: boolean | undefined; value_learning_rate?: number | undefined } | undefined
}

export async function step(seats: Seats, model: Model, adam: Adam, samplers: Iterable<Sampler>): Promise<{ metrics: Record<string, number> }> {
  const policy = await seats.sit(model)
  await keepPublished(policy, model, samplers)
  model.pass = undefined
  model.pending = [] // stepped with or refused, they are gone
  const { gradNorm } = await policy.step({
    learningRate: adam.learning_rate,
    valueLearningRate: adam.etude?.value_learning_rate,
    beta1: adam.beta1,
    beta2: adam.beta2,
    epsilon: adam.eps,
    weightDecay: adam.weight_decay,
    maxGradNorm: adam.grad_clip_norm,
    restart: model.restart || adam.etude?.restart === true,
  })
  model.restart = false
  model.version++
  return { metrics: { grad_norm: gradNorm } }
}

/** Weights that somebody may still sample from are kept beside the ones that change now. */
export async function keepPublished(policy: Policy, model: Model, samplers: Iterable<Sampler>): Promise<void> {
  if (model.own || model.kept.has(model.version)) return
  if (![...samplers].some(({ of, saved }) => !saved && of?.model === model && of.version === model.version)) return
  const name = `${PUBLISHED}${model.version}`
  await policy.snapshot(name)
  model.kept.set(model.version, name)
  while (model.kept.size > KEPT) {
    const [oldest, snapshot] = model.kept.entries().next().value!
    model.kept.delete(oldest)
    await policy.drop(snapshot)
  }
}

export async function saveState(seats: Seats, model: Model): Promise<Uint8Array> {
  return (await seats.sit(model)).save()
}

export interface SampleCall extends Omit<SampleOptions, 'adapter' | 'signal' | 'stop'> {
  prompts: number[][]
  stop?: number[] | undefined
  /** A snapshot of the model, in place of what the sampler names. */
  adapter?: string | undefined
  promptLogprobs: boolean
  signal: AbortSignal
}

export async function sample(seats: Seats, sampler: Sampler, call: SampleCall, bare: (base: string) => Model): Promise<SampleResult> {
  const model = weightsOf(sampler)
  const policy = model ? await seats.sit(model) : await seats.base(sampler.base, bare(sampler.base))
  if (model) model.pass = undefined
  const adapter = call.adapter ?? (model ? adapterOf(model, sampler) : 'off')
  const { vocabulary, contextLength, eos } = policy.info
  for (const prompt of call.prompts) {
    const bad = prompt.find((id) => id >= vocabulary)
    if (bad !== undefined) throw new Refusal(422, `a prompt has the token ${bad}; ids are below ${vocabulary}`)
    if (prompt.length > contextLength) throw new Refusal(422, `a prompt has ${prompt.length} tokens; the model reads ${contextLength}`)
  }
  const { prompts, promptLogprobs, stop = eos, signal, ...options } = call
  const room = contextLength - Math.max(...prompts.map((prompt) => prompt.length))
  const maxTokens = Math.min(options.maxTokens, room)
  const groups: Completion[][] = maxTokens < 1 ? prompts.map(() => []) : await policy.sample(prompts, { ...options, maxTokens, stop, adapter, signal })
  const sequences = groups.flat().map(({ tokens, logprobs, finish }) => ({ stop: finish, tokens, logprobs }))
  if (!promptLogprobs) return { sequences }
  const [first = 0, ...rest] = prompts[0]!
  const [scored] = await policy.logprobs({ rows: [{ prompt: [first], completion: rest }], temperature: 1 }, adapter)
  return { sequences, promptLogprobs: [NaN, ...scored!] }
}

/** Whose weights are sampled from: the living model's while it has that version, else those that were saved. */
function weightsOf({ of, saved }: Sampler): Model | undefined {
  if (!of) return saved
  const { model, version } = of
  return saved && version !== model.version ? saved : model
}

function adapterOf(model: Model, { of }: Sampler): string {
  if (model !== of?.model || of.version === model.version) return 'current'
  const name = model.kept.get(of.version)
  if (name === undefined) throw new Refusal(410, 'these weights have been overtaken by later ones; publish again')
  return name
}
