/** The sizes that belong together: questions × completions, or responses × ways on × rounds; and the task's terms, from … to. */
import { NumberInput } from '@mantine/core'
import { useSelect, useStoreApi } from '../context'
import { read, readText, write, type Draft } from '../draft'
import { later, say } from '../words/say'

interface Size {
  path: string
  name: string
  min: number
}

interface Row {
  label: string
  sign?: string
  sizes: Size[]
}

const QUESTIONS = { path: 'algorithm.questions', min: 1 }

/** Where fields of more than one number stand; the form leaves these paths to them. */
export const SIZED = ['algorithm.questions', 'algorithm.num_generations', 'task.terms']

const SIZES: Record<string, Row> = {
  grpo: {
    label: later`Questions × completions`,
    sign: '×',
    sizes: [{ ...QUESTIONS, name: later`Questions` }, { path: 'algorithm.num_generations', name: later`Completions`, min: 2 }],
  },
  motif: {
    label: later`Responses × ways on × rounds`,
    sign: '×',
    sizes: [
      { path: 'algorithm.num_generations', name: later`Responses`, min: 2 },
      { path: 'algorithm.trajectories', name: later`Ways on from each response`, min: 1 },
      { path: 'algorithm.rounds', name: later`Rounds`, min: 2 },
    ],
  },
  sft: { label: later`Solutions a step`, sizes: [{ ...QUESTIONS, name: later`Solutions a step` }] },
}

const TERMS: Row = {
  label: later`Terms of the sum, from – to`,
  sign: '–',
  sizes: [{ path: 'task.terms.0', name: later`Fewest terms`, min: 1 }, { path: 'task.terms.1', name: later`Most terms`, min: 1 }],
}

export function Sizes({ disabled }: { disabled: boolean }) {
  const draft = useSelect((page) => page.draft)
  const row = SIZES[readText(draft, 'algorithm.name')]
  return (
    <>
      {row && <Several {...row} disabled={disabled} />}
      {read(draft, 'task.terms') !== undefined && <Several {...TERMS} disabled={disabled} />}
    </>
  )
}

function Several({ label, sign, sizes, disabled }: Row & { disabled: boolean }) {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  return (
    <div role="group" aria-label={say.of(label)}>
      <div className="field-label">{say.of(label)}</div>
      <div className="sizes">
        {sizes.map(({ path, name, min }, i) => (
          <div className="size" key={path}>
            {i > 0 && <span aria-hidden="true">{sign}</span>}
            <NumberInput size="sm" aria-label={say.of(name)} value={numberAt(draft, path)} min={min}
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
