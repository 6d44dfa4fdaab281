/** The left column: model, task, method and their settings. They may be changed while a run is on, which goes on as it began. */
import { Collapse, Select, UnstyledButton } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { useId } from 'react'
import { findModel } from '../../hub/catalog'
import { algorithms, type AlgorithmName } from '../../rl/index'
import { tasks, type TaskName } from '../../tasks/index'
import { useSelect, useStoreApi } from '../context'
import { read, readText, withMethod, withTask, type Draft } from '../draft'
import { ProbeBox } from '../beside/ProbeBox'
import { Changed } from './Changed'
import { FieldInput } from './Field'
import { MAIN, MORE, type Field } from './fields'
import { Graders } from './Graders'
import { Keep } from './Keep'
import { ModelField } from '../models/ModelField'
import { Preset, TermsOffer } from './Preset'
import { Motivation } from './Motivation'
import { Prompts } from './Prompts'
import { fieldsOf, inRows } from './schemaFields'
import { SIZED, Sizes } from './Sizes'
import { say } from '../words/say'
import { tell } from '../words/tell'

const METHODS = Object.values(algorithms).map(({ name, title }) => ({ value: name, label: title.split(':')[0] ?? name }))
const INPUT = { size: 'sm' as const, classNames: { label: 'field-label', input: 'field-input' } }

export function Settings() {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  const held = useSelect((page) => page.view.locked)
  const complaint = useSelect((page) => page.complaint)
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false })
  const [open, { toggle: toggleOpen }] = useDisclosure(false)
  const [more, { toggle }] = useDisclosure(false)
  const moreId = useId()
  const change = (to: (draft: Draft) => Draft): void => { store.setState((page) => ({ draft: to(page.draft), complaint: undefined })) }
  const text = (path: string): string => readText(draft, path)
  const method = text('algorithm.name')
  return (
    <section className="settings" aria-labelledby="settings">
      <div className="group-head">
        <h2 id="settings">{say`The run`}</h2>
        {narrow && (
          <UnstyledButton className="why" aria-expanded={open} onClick={toggleOpen}>
            {open ? say`close` : say`${summary(draft)} · change`}
          </UnstyledButton>
        )}
      </div>
      {complaint && <p className="note bad" role="alert">{complaint}</p>}
      <div className="fields" hidden={narrow && !open}>
        <ModelField disabled={held} />
        <Select {...INPUT} label={say`Task`} data={tasksFor(text('model'))} value={text('task.name')} allowDeselect={false} disabled={held}
          onChange={(name) => { if (name) change((old) => withTask(old, name)) }} />
        <Rows rows={taskRows(text('task.name'))} disabled={held} />
        <Select {...INPUT} label={say`Method`} data={METHODS} value={method} allowDeselect={false} disabled={held}
          onChange={(name) => { if (name) change((old) => withMethod(old, name)) }} />
        <Preset disabled={held} />
        <Sizes disabled={held} />
        <TermsOffer disabled={held} />
        <Rows rows={MAIN[method] ?? []} disabled={held} />
        <UnstyledButton className="fold" aria-expanded={more} aria-controls={moreId} onClick={toggle}>
          {tell`${<span aria-hidden="true">{more ? '▾' : '▸'}</span>} more settings`}
        </UnstyledButton>
        <Collapse expanded={more} id={moreId}>
          <div className="fields">
            <Rows rows={moreRows(method)} disabled={held} />
            {method === 'motif' && <Prompts disabled={held} />}
            <Motivation disabled={held} />
            <Graders disabled={held} />
          </div>
        </Collapse>
        {held && <p className="quiet small-print">{say`This link locks the settings.`}</p>}
        <Changed />
        <ProbeBox />
        <Keep />
      </div>
    </section>
  )
}

/** The task's own settings; those of several numbers stand with the sizes. */
function taskRows(name: string): Field[][] {
  return inRows(fieldsOf(tasks[name as TaskName]?.settings, 'task', SIZED))
}

/** The fields of the table, then one for every setting that it leaves out. */
function moreRows(method: string): Field[][] {
  const rows = MORE[method] ?? []
  const known = [...(MAIN[method] ?? []), ...rows].flat().map(({ path }) => path)
  const own = algorithms[method as AlgorithmName]?.settings
  return [...rows, ...inRows(fieldsOf(own, 'algorithm', [...known, ...SIZED, 'algorithm.prompts']))]
}

interface Option {
  value: string
  label: string
}

/** The tasks that suit the model; every task for a model that the catalog does not know. */
function tasksFor(model: string): Option[] {
  const suits = findModel(model)?.tasks
  return Object.values(tasks)
    .filter(({ name }) => suits?.includes(name) ?? true)
    .map(({ name, title }) => ({ value: name, label: title.split(':')[0] ?? name }))
}

/** The run in a few words, where there is no room for the form. */
function summary(draft: Draft): string {
  const value = (path: string): string => readText(draft, path, '–')
  const rounds = read(draft, 'algorithm.rounds') === undefined ? '' : ` × ${value('algorithm.trajectories')} × ${value('algorithm.rounds')}`
  const size = read(draft, 'algorithm.num_generations') === undefined ? ''
    : ` ${value('algorithm.questions')} × ${value('algorithm.num_generations')}${rounds}`
  return `${value('task.name')}, ${value('algorithm.name').toUpperCase()}${size}`
}

function Rows({ rows, disabled }: { rows: Field[][]; disabled: boolean }) {
  return rows.map((fields) => (
    <div className="pair" key={fields.map((field) => field.path).join()}>
      {fields.map((field) => <FieldInput key={field.path} field={field} disabled={disabled} />)}
    </div>
  ))
}
