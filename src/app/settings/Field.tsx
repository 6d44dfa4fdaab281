/** One setting of the form. What is typed goes into the draft at once; whether it makes sense is said when play is pressed. */
import { NumberInput, Select, Switch, Textarea, TextInput, Tooltip } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { useSelect, useStoreApi } from '../context'
import { read, write, type Json } from '../draft'
import type { Field } from './fields'
import { scientific } from '../format'
import { say } from '../words/say'

const INPUT = { size: 'sm' as const, classNames: { label: 'field-label', input: 'field-input' } }

export function FieldInput({ field, disabled }: { field: Field; disabled: boolean }) {
  const store = useStoreApi()
  const value = useSelect((page) => read(page.draft, field.path))
  const set = (next: Json | undefined): void => {
    store.setState(({ draft }) => ({ draft: write(draft, field.path, next), complaint: undefined }))
  }
  const input = inputOf(field, value, set, disabled)
  return field.hint ? <Tooltip label={say.of(field.hint)} position="top-start">{input}</Tooltip> : input
}

function inputOf(field: Field, value: Json | undefined, set: (next: Json | undefined) => void, disabled: boolean): ReactElement {
  const label = say.of(field.label)
  if (field.kind === 'choice') {
    return (
      <Select {...INPUT} label={label} data={field.options} value={typeof value === 'string' ? value : null} allowDeselect={false}
        disabled={disabled} onChange={(next) => { if (next !== null) set(next) }} />
    )
  }
  if (field.kind === 'scientific') {
    return <ScientificInput key={JSON.stringify(value)} label={label} value={value} set={set} disabled={disabled} />
  }
  if (field.kind === 'switch') {
    return (
      <Switch size="xs" label={label} checked={value === true} disabled={disabled} classNames={{ label: 'field-label' }}
        onChange={({ currentTarget: { checked } }) => { set(checked) }} />
    )
  }
  if (field.kind === 'text') {
    return (
      <TextInput {...INPUT} label={label} value={typeof value === 'string' ? value : ''}
        placeholder={field.placeholder && say.of(field.placeholder)} disabled={disabled}
        onChange={({ currentTarget: { value: next } }) => { set(next === '' ? undefined : next) }} />
    )
  }
  if (field.kind === 'json') return <JsonInput key={JSON.stringify(value)} label={label} value={value} set={set} disabled={disabled} />
  return (
    <NumberInput {...INPUT} label={label} value={typeof value === 'number' ? value : ''} min={field.min} step={field.step ?? 1}
      allowDecimal={!field.integer} hideControls disabled={disabled} placeholder={field.placeholder && say.of(field.placeholder)}
      onChange={(next) => { set(typeof next === 'number' ? next : undefined) }} />
  )
}

/** A number typed as 1e-3; it is taken when the field is left or Enter is pressed, and the old one comes back when it is none. */
function ScientificInput({ label, value, set, disabled }: {
  label: string
  value: Json | undefined
  set: (next: number) => void
  disabled: boolean
}) {
  const shown = typeof value === 'number' ? scientific(value) : ''
  const [text, setText] = useState(shown)
  const take = (): void => {
    const typed = Number(text)
    if (text.trim() !== '' && Number.isFinite(typed)) set(typed)
    else setText(shown)
  }
  return (
    <TextInput {...INPUT} label={label} value={text} inputMode="decimal" disabled={disabled}
      onChange={(event) => { setText(event.currentTarget.value) }} onBlur={take}
        onKeyDown={(event) => { if (event.key === 'Enter') take() }} />
  )
}

/** A list or an object as JSON; taken when the field is left, and kept with a complaint while it is none. An empty field is the default. */
function JsonInput({ label, value, set, disabled }: {
  label: string
  value: Json | undefined
  set: (next: Json | undefined) => void
  disabled: boolean
}) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 1))
  const [problem, setProblem] = useState<string>()
  const take = (): void => {
    try {
      set(text.trim() === '' ? undefined : (JSON.parse(text) as Json))
      setProblem(undefined)
    } catch (error) {
      setProblem(say`This is not JSON: ${(error as Error).message}`)
    }
  }
  return (
    <Textarea {...INPUT} label={label} value={text} autosize minRows={1} maxRows={10} error={problem} disabled={disabled}
      placeholder={say`as it comes`}
      spellCheck={false} onChange={({ currentTarget: { value: next } }) => { setText(next) }} onBlur={take} />
  )
}
