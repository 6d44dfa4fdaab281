/** A completion, token by token, each in the shade that the reader has chosen; without a record all share that of the advantage. */
import type { CSSProperties } from 'react'
import type { TokenView } from './look'
import { tintOf, type Shade } from './shades'
import { say } from '../words/say'

/** Longer completions are shown as running text: a box around each token would only be noise. */
const AS_TOKENS = 80
/** And beyond these, tokens are no longer told apart. */
const AS_TEXT = 2000

/** Of the scale: less than this has a breath of colour, and no edge. */
const WORTH_A_MARK = 0.15

/** What the record says of the tokens, and how it is coloured. */
export interface Coloured {
  tokens: readonly TokenView[]
  shade: Shade
  reach: number
}

export function Pieces({ pieces, strength, cut, writing, coloured, chosen, label }: {
  pieces: string[]
  /** 0 … 1, of tokens without a record. */
  strength: number
  cut?: boolean
  writing?: boolean
  coloured?: Coloured | undefined
  /** The token whose card is open. */
  chosen?: number | undefined
  label?: string | undefined
}) {
  const running = pieces.length > AS_TOKENS
  const style = { '--shade': percent(strength) } as CSSProperties
  const told = coloured && pieces.length <= AS_TEXT ? coloured : undefined
  return (
    <span className="pieces" style={style} data-running={running || undefined} data-told={told ? true : undefined} aria-label={label}
      role={told ? 'group' : undefined} tabIndex={running && !told ? 0 : undefined}>
      {running && !told
        ? <span className="running">{pieces.join('')}</span>
        : pieces.map((piece, i) => (
          <Piece key={i} piece={piece} plain={running} at={told && i} token={told?.tokens[i]} shade={told?.shade} reach={told?.reach ?? 0}
            chosen={i === chosen} stop={i === (chosen ?? 0)} />
        ))}
      {writing && <span className="caret" aria-hidden="true" />}
      {cut && <span className="cut" title={say`Cut off: it reached the completion length`}>{say`cut off`}</span>}
    </span>
  )
}

/** From a breath of the colour to a third of it, so that the ink on it stays readable. */
const percent = (strength: number): string => `${Math.round(6 + 34 * strength)}%`

/** A space before a token becomes a gap between the boxes; a token without a text (the end) gets a sign of its own. */
function Piece({ piece, plain, at, token, shade, reach, chosen, stop }: {
  piece: string
  plain: boolean
  /** Its place, where it can be pointed at. */
  at: number | undefined
  token: TokenView | undefined
  shade: Shade | undefined
  reach: number
  chosen: boolean
  /** Whether the tab key stops here; arrow keys lead on. */
  stop: boolean
}) {
  const text = plain ? piece : piece.trimStart()
  const gap = text.length < piece.length || undefined
  const shown = piece.trim() === '' && !plain ? '⏎' : text
  if (at === undefined || !token || !shade)
    return <span className="piece" data-gap={gap} title={text === '' ? say`end of the completion` : undefined}>{shown}</span>
  const { strength, way } = tintOf(token, shade, reach)
  const name = piece.trim() === '' ? say`end of the completion` : piece.trim()
  return (
    <span className="piece" role="button" tabIndex={stop ? 0 : -1} aria-label={`${name}: ${shade.write(token)}`} data-at={at} data-gap={gap}
      data-tint={way ?? 'none'} data-mark={strength > WORTH_A_MARK ? shade.scale : undefined} data-chosen={chosen || undefined}
      style={{ '--shade': way ? percent(strength) : '0%' } as CSSProperties}>
      {shown === '' ? '⏎' : shown}
    </span>
  )
}
