/** MeRF's motivation: whether prompts state the scoring rules, how truly, and in which share of the steps; the text comes from the graders. */
import { NumberInput, Select, Textarea, UnstyledButton } from '@mantine/core'
import { useMemo } from 'react'
import { RULES_KINDS } from '../../tasks/task'
import { useSelect, useStoreApi } from '../context'
import { read, readText, write, type Draft } from '../draft'
import { statedBy } from '../question'
import { later, say } from '../words/say'

const PATH = 'motivation'
const KINDS: Record<(typeof RULES_KINDS)[number] | 'none', string> = {
  none: later`none`,
  true: later`the true rules`,
  mostly: later`mostly true`,
  partly: later`partly true`,
  misleading: later`misleading`,
}
const INPUT = { size: 'sm' as const, classNames: { label: 'field-label', input: 'field-input' } }

export function Motivation({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  const stated = useMemo(() => statedBy(draft), [draft])
  const kind = read(draft, PATH) === undefined ? 'none' : readText(draft, `${PATH}.rules`, 'true')
  const written = read(draft, `${PATH}.text`)
  const change = (to: (draft: Draft) => Draft): void => { store.setState((page) => ({ draft: to(page.draft), complaint: undefined })) }
  const choose = (next: string): void => {
    change((old) => (next === 'none' ? write(old, PATH, undefined) : write(write(old, `${PATH}.rules`, next), `${PATH}.share`, read(old, `${PATH}.share`) ?? 1)))
  }
  return (
    <>
      <Select {...INPUT} label={say`Rules in the prompt`}
        data={Object.entries(KINDS).map(([value, label]) => ({ value, label: say.of(label) }))} value={kind} allowDeselect={false}
        disabled={disabled} onChange={(next) => { if (next !== null) choose(next) }} />
      {kind !== 'none' && (
        <>
          {stated && 'problem' in stated && written === undefined && <p className="note bad" role="alert">{stated.problem}</p>}
          <Textarea {...INPUT} label={written === undefined ? say`They read, from the graders` : say`They read, by hand`} autosize
            minRows={3} maxRows={10} disabled={disabled}
            classNames={{ label: 'field-label', input: 'field-input prompt-input' }}
            value={typeof written === 'string' ? written : stated && 'text' in stated ? stated.text : ''}
            onChange={({ currentTarget: { value } }) => { change((old) => write(old, `${PATH}.text`, value === '' ? undefined : value)) }} />
          {written !== undefined && !disabled && (
            <UnstyledButton className="why" onClick={() => { change((old) => write(old, `${PATH}.text`, undefined)) }}>
              {say`the graders’ own text`}</UnstyledButton>
          )}
          <NumberInput {...INPUT} label={say`Shown in this share of the steps`} min={0} max={1} step={0.25} disabled={disabled}
            value={Number(read(draft, `${PATH}.share`) ?? 1)}
            onChange={(value) => { if (typeof value === 'number') change((old) => write(old, `${PATH}.share`, value)) }} />
        </>
      )}
    </>
  )
}
