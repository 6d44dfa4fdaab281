/** The question before a grader sends completions to a server. */
import { Button, Group, Modal, PasswordInput } from '@mantine/core'
import { useState } from 'react'
import { useSelect } from './context'
import type { Question } from './store'
import { say } from './words/say'
import { tell } from './words/tell'

export function Leave() {
  const question = useSelect((page) => page.questions[0])
  if (!question) return null
  return (
    <Modal opened onClose={() => { question.answer(false) }} title={say`Send completions to ${new URL(question.where).host}?`} size={460}>
      <Answer key={question.where} question={question} />
    </Modal>
  )
}

function Answer({ question: { where, what, answer } }: { question: Question }) {
  const [key, setKey] = useState('')
  return (
    <form className="leave" onSubmit={(event) => { event.preventDefault(); answer(true, key) }}>
      <p>
        {tell`A grader of this run asks a model on ${<b>{where}</b>}. It would get ${what}. Nothing has been sent yet, and this page asks
          once for each server.`}
      </p>
      <PasswordInput
        label={say`Its key, if it wants one`} description={say`Kept in memory until this page is closed, and sent to this server only.`}
        value={key} onChange={(event) => { setKey(event.currentTarget.value) }} autoComplete="off" data-autofocus
      />
      <Group gap="xs" mt="md">
        <Button type="submit">{say`Send`}</Button>
        <Button variant="default" onClick={() => { answer(false) }}>{say`Do not send, and stop the run`}</Button>
      </Group>
    </form>
  )
}
