/** The memory that a run with this model takes on the device, part by part, against what the adapter grants. */
import { useHost, useSelect } from '../context'
import { read } from '../draft'
import { bytes } from '../format'
import { useAnswer } from '../group/answer'
import { batchOf } from './models'
import type { Host } from '../../policy/host'
import { longestPrompt } from '../../runs/prompt-length'
import { filesOf, parseSpec } from '../../runs/spec'
import type { Draft } from '../draft'
import { say } from '../words/say'

export function ModelMemory({ model, file }: { model: string; file: string | undefined }) {
  const host = useHost()
  const draft = useSelect((page) => page.draft)
  const device = useSelect((page) => page.device)
  const ready = device.state === 'ready'
  const asked = JSON.stringify([model, ...['task', 'motivation', 'graders'].map((part) => read(draft, part))])
  const questions = useAnswer(ready ? asked : undefined, () => questionLength(host, model, draft))
  const batch = batchOf(draft, questions.value)
  const adapter = JSON.stringify(read(draft, 'adapter'))
  const { value: plan, error } = useAnswer(ready ? JSON.stringify([model, file, batch, adapter]) : undefined, async () => {
    const spec = parseSpec({ ...(adapter !== undefined && { adapter: JSON.parse(adapter) as unknown }) })
    return host.plan(model, spec.adapter, batch, file)
  })
  if (!ready) return null
  if (error) return <p className="note bad" role="alert">{error.message}</p>
  if (!plan) return <p className="quiet" role="status">{say`counting its memory …`}</p>
  const { limits } = device.profile
  const { verdict } = plan
  const prompt = batch.shared?.prompt ?? 0
  const fits = verdict?.fits !== 'does not fit'
  const whole = Math.max(plan.total, limits.maxBufferSize)
  return (
    <section className="memory" aria-label={say`Memory`}>
      <div className="memory-bar" aria-hidden="true">
        {plan.parts.map(({ name, bytes: size }, i) => <i key={name} data-part={i} style={{ width: `${(100 * size) / whole}%` }} />)}
        {!fits && <span className="memory-limit" style={{ left: `${(100 * limits.maxBufferSize) / whole}%` }} />}
      </div>
      <p className="verdict" data-fits={fits} role="status">{verdict?.words ?? say`${bytes(plan.total)} in all.`}</p>
      <ul className="memory-parts">
        {plan.parts.map(({ name, bytes: size }, i) => (
          <li key={name}><i data-part={i} aria-hidden="true" /><span>{name}</span><b className="tabular">{bytes(size)}</b></li>
        ))}
      </ul>
      <p className="quiet small-print">
        {batch.rows === 1
          ? say`For 1 row of ${batch.tokens} tokens, ${prompt} of them for the prompt`
          : say`For ${batch.rows} rows of ${batch.tokens} tokens, ${prompt} of them for the prompt`}
        {questions.value === undefined && say`, which is a guess`}
        {say`. A browser does not say how much memory a GPU has: the figure is the largest buffer that it grants.`}
      </p>
    </section>
  )
}

/** Tokens of the longest question; undefined where it cannot be told without a download of data, or the draft is wrong. */
async function questionLength(host: Host, model: string, draft: Draft): Promise<number | undefined> {
  try {
    const spec = parseSpec(draft)
    if (filesOf(spec.task).length > 0) return undefined
    return await longestPrompt(spec, (path) => host.file(model, path))
  } catch {
    return undefined
  }
}
