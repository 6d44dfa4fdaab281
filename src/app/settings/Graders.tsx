/** What completions are rewarded for: the run's graders, each with its weight and its own settings. */
import { ActionIcon, NumberInput, Select, UnstyledButton } from '@mantine/core'
import { graders } from '../../graders/index'
import type { Grader, GraderKind } from '../../graders/grader'
import { useSelect, useStoreApi } from '../context'
import { read, write, withTask, readText, type Draft, type Json } from '../draft'
import { FieldInput } from './Field'
import { Icon } from '../Icon'
import { fieldsOf, inRows } from './schemaFields'
import { say } from '../words/say'

const TABLE = graders as Record<string, Grader | GraderKind>
const NAMES = Object.entries(TABLE).map(([value, { title }]) => ({ value, label: value, title }))
const INPUT = { size: 'sm' as const, classNames: { label: 'field-label', input: 'field-input' } }

export function Graders({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  const list = (read(draft, 'graders') ?? []) as { name: string; weight: number }[]
  const change = (next: Json): void => { store.setState((page) => ({ draft: write(page.draft, 'graders', next), complaint: undefined })) }
  return (
    <div className="fields" role="group" aria-label={say`Graders`}>
      <div className="field-label">{say`Graders and their weights`}</div>
      {list.map((grader, i) => (
        <div key={i} className="grader">
          <div className="grader-row">
            <Select {...INPUT} aria-label={say`Grader ${i + 1}`} data={NAMES} value={grader.name} allowDeselect={false} disabled={disabled}
              onChange={(name) => { if (name) change(list.map((old, j) => (j === i ? { name, weight: old.weight } : old))) }} />
            <NumberInput {...INPUT} aria-label={say`Weight of ${grader.name}`} value={grader.weight} step={0.1} hideControls
              disabled={disabled}
              onChange={(weight) => { if (typeof weight === 'number') change(list.map((old, j) => (j === i ? { ...old, weight } : old))) }} />
            {!disabled && list.length > 1 && (
              <ActionIcon variant="subtle" size={26} aria-label={say`Leave ${grader.name} out`}
                onClick={() => { change(list.filter((_, j) => j !== i)) }}>
                <Icon name="close" size={12} />
              </ActionIcon>
            )}
          </div>
          <p className="quiet small-print hint">{TABLE[grader.name]?.title}</p>
          {inRows(settingsOf(grader.name, i)).map((fields) => (
            <div className="pair" key={fields[0]!.path}>
              {fields.map((field) => <FieldInput key={field.path} field={field} disabled={disabled} />)}
            </div>
          ))}
        </div>
      ))}
      {!disabled && (
        <p className="quiet small-print">
          <UnstyledButton className="why" onClick={() => { change([...list, { name: unused(list), weight: 1 }] as Json) }}>
            {say`add a grader`}</UnstyledButton>
          {' · '}
          <UnstyledButton className="why" onClick={() => { change(ownGraders(draft)) }}>{say`the task’s own`}</UnstyledButton>
        </p>
      )}
    </div>
  )
}

function settingsOf(name: string, i: number) {
  const entry = TABLE[name]
  return entry && 'settings' in entry ? fieldsOf(entry.settings, `graders.${i}`) : []
}

function unused(list: { name: string }[]): string {
  return NAMES.find(({ value }) => !list.some(({ name }) => name === value))?.value ?? NAMES[0]!.value
}

function ownGraders(draft: Draft): Json {
  return read(withTask(draft, readText(draft, 'task.name')), 'graders')!
}
