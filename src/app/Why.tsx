/** A "why?" beside a number, and its answer in a popover. */
import { Popover, Text, UnstyledButton } from '@mantine/core'

export function Why({ question, answer }: { question: string; answer: string[] }) {
  return (
    <Popover width={330} position="bottom" shadow="md" trapFocus={false} returnFocus>
      <Popover.Target>
        <UnstyledButton className="why" aria-label={question}>why?</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Text fw={600} fz={14} mb={6} className="serif">{question}</Text>
        {answer.map((paragraph) => <Text key={paragraph} fz={13} c="dimmed" mb={6}>{paragraph}</Text>)}
      </Popover.Dropdown>
    </Popover>
  )
}
