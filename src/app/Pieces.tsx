/** A completion, token by token. All its tokens share one advantage, so they share one shade. */
import type { CSSProperties } from 'react'

/** Longer completions are shown as running text: a box around each token would only be noise. */
const AS_TOKENS = 80

export function Pieces({ pieces, strength, cut, writing }: { pieces: string[]; strength: number; cut?: boolean; writing?: boolean }) {
  const shade = { '--shade': `${Math.round(6 + 26 * strength)}%` } as CSSProperties
  return (
    <span className="pieces" style={shade} tabIndex={pieces.length > AS_TOKENS ? 0 : undefined}>
      {pieces.length > AS_TOKENS
        ? <span className="running">{pieces.join('')}</span>
        : pieces.map((piece, i) => <Piece key={i} piece={piece} />)}
      {writing && <span className="caret" aria-hidden="true" />}
      {cut && <span className="cut" title="Cut off: it reached the completion length">cut off</span>}
    </span>
  )
}

/** A space before a token becomes a gap between the boxes; a token without a text (the end) gets a sign of its own. */
function Piece({ piece }: { piece: string }) {
  const text = piece.trimStart()
  const gap = text.length < piece.length || undefined
  return <span className="piece" data-gap={gap} title={text === '' ? 'end of the completion' : undefined}>{text === '' ? '⏎' : text}</span>
}
