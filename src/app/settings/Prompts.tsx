/** The texts of a method of several rounds: the task's own until one is edited; then all of them are the run's. */
import { Textarea, UnstyledButton } from '@mantine/core'
import { useSelect, useStoreApi } from '../context'
import { read, write, type Draft } from '../draft'
import { ownPrompts } from '../question'
import { later, say } from '../words/say'

const TEXTS = [
  { key: 'system', label: later`System prompt` },
  { key: 'first', label: later`Prompt of the first round` },
  { key: 'middle', label: later`Prompt of rounds between` },
  { key: 'last', label: later`Prompt of the last round` },
]

const PATH = 'algorithm.prompts'

export function Prompts({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  const own = ownPrompts(draft)
  const edited = read(draft, PATH) as Record<string, string> | undefined
  const prompts = edited ?? own
  if (!prompts) return null
  const change = (to: (draft: Draft) => Draft): void => { store.setState((page) => ({ draft: to(page.draft), complaint: undefined })) }
  return (
    <div className="fields">
      {TEXTS.filter(({ key }) => key in prompts).map(({ key, label }) => (
        <Textarea key={key} size="sm" label={say.of(label)} value={prompts[key as keyof typeof prompts] ?? ''} disabled={disabled} autosize
          minRows={2} maxRows={8}
          classNames={{ label: 'field-label', input: 'field-input prompt-input' }}
          onChange={({ currentTarget: { value } }) => { change((old) => write(old, PATH, { ...prompts, [key]: value })) }} />
      ))}
      <p className="quiet small-print">
        {say`{question} is the problem, {note} what the last round left, {round} and {rounds} the numbers. `}
        {edited && !disabled && (
          <UnstyledButton className="why" onClick={() => { change((old) => write(old, PATH, undefined)) }}>
            {say`the task’s own texts`}</UnstyledButton>
        )}
      </p>
    </div>
  )
}
