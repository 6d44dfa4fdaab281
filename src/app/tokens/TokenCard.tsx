/** The card of a token: the objective in letters, then in this token's numbers, and what the step does to it. */
import { UnstyledButton } from '@mantine/core'
import type { Card } from './card'
import { Mathematics } from './Mathematics'
import { later, say } from '../words/say'

const WAYS = { up: later`pushed towards`, down: later`pushed away` }

export function TokenCard({ piece, card, held, close }: {
  piece: string
  card: Card
  /** Whether it stays while the pointer goes on. */
  held: boolean
  close: () => void
}) {
  const { title, way, letters, numbers, words } = card
  return (
    <section className="token-card" aria-label={say`The chosen token`} aria-live={held ? 'polite' : 'off'} data-way={way}>
      <div className="token-card-head">
        <p>
          <b className="token-card-piece">{piece.trim() === '' ? '⏎' : piece.trim()}</b> {title}{' '}
          <span className="token-card-way">{way ? say.of(WAYS[way]) : say`left alone`}</span>
        </p>
        <UnstyledButton className="why" onClick={close}>{held ? say`let go` : say`close`}</UnstyledButton>
      </div>
      <div className="token-card-letters" tabIndex={0} role="group" aria-label={say`The objective`}><Mathematics tex={letters} /></div>
      <ul className="token-card-numbers" aria-label={say`With this token’s numbers`}>
        {numbers.map((tex, i) => <li key={i}><Mathematics tex={tex} /></li>)}
      </ul>
      {words.map((said) => <p key={said} className="token-card-words">{said}</p>)}
    </section>
  )
}
