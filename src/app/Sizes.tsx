/** The sizes that belong together: questions × completions of each, and the task's number of terms, from … to. */
import { NumberInput } from '@mantine/core'
import { useSelect, useStoreApi } from './context'
import { read, write, type Draft } from './draft'

interface Size {
  path: string
  name: string
  min: number
}

export function Sizes({ disabled }: { disabled: boolean }) {
  const draft = useSelect((page) => page.draft)
  const sft = read(draft, 'algorithm.name') === 'sft'
  const rows: Size = { path: 'algorithm.questions', name: sft ? 'Solutions a step' : 'Questions', min: 1 }
  return (
    <>
      {sft
        ? <Pair label="Solutions a step" sizes={[rows]} disabled={disabled} />
        : <Pair label="Questions × completions" sign="×"
          sizes={[rows, { path: 'algorithm.num_generations', name: 'Completions', min: 2 }]} disabled={disabled} />}
      {read(draft, 'task.terms') !== undefined && (
        <Pair label="Terms of the sum, from – to" sign="–" disabled={disabled}
          sizes={[{ path: 'task.terms.0', name: 'Fewest terms', min: 1 }, { path: 'task.terms.1', name: 'Most terms', min: 1 }]} />
      )}
    </>
  )
}

function Pair({ label, sign, sizes, disabled }: { label: string; sign?: string; sizes: Size[]; disabled: boolean }) {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  return (
    <div role="group" aria-label={label}>
      <div className="field-label">{label}</div>
      <div className="sizes">
        {sizes.map(({ path, name, min }, i) => (
          <div className="size" key={path}>
            {i > 0 && <span aria-hidden="true">{sign}</span>}
            <NumberInput size="sm" aria-label={name} value={numberAt(draft, path)} min={min}
              allowDecimal={false} hideControls disabled={disabled}
              classNames={{ input: 'field-input' }}
              onChange={(next) => {
                store.setState((page) => ({ draft: write(page.draft, path, typeof next === 'number' ? next : null), complaint: undefined }))
              }} />
          </div>
        ))}
      </div>
    </div>
  )
}

function numberAt(draft: Draft, path: string): number | string {
  const value = read(draft, path)
  return typeof value === 'number' ? value : ''
}
