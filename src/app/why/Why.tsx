/** A “why?” beside a number, and its answer in a popover: what the run's figures say, and the settings that would change it. */
import './why.css'
import { Popover, Text, UnstyledButton } from '@mantine/core'
import type { Advice } from './answer'
import { say } from '../words/say'
import { tell } from '../words/tell'

export function Why({ question, answer, settings = [], children = say`why?` }: {
  question: string
  answer: string[]
  settings?: Advice[]
  /** What is pressed. */
  children?: string
}) {
  return (
    <Popover width="min(400px, calc(100vw - 24px))" position="bottom" shadow="md" trapFocus={false} returnFocus withinPortal>
      <Popover.Target>
        <UnstyledButton className="why" aria-label={question}>{children}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className="why-answer">
        <Text fw={600} fz={14} mb={6} className="serif">{question}</Text>
        {answer.map((paragraph) => <p key={paragraph}>{paragraph}</p>)}
        {settings.length > 0 && (
          <>
            <p className="label">{say`What would change it`}</p>
            <ul className="why-settings">
              {settings.map(({ path, now, try: suggested, why }) => (
                <li key={path}>
                  <span>{tell`${<code>{path}</code>} is ${now}: try ${<b>{suggested}</b>}.`}</span> <span className="quiet">{why}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}
