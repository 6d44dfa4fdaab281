/** Completions while they are written; there is no reward yet. Not announced to screen readers token by token. */
import { Pieces } from '../tokens/Pieces'
import { say } from '../words/say'

/** `ended`: all of them are written, and go on in later rounds. */
export function LiveRows({ completions, ended }: { completions: string[][]; ended: boolean }) {
  // Rows are sampled side by side: one that is shorter than the longest has ended.
  const longest = Math.max(...completions.map((pieces) => pieces.length))
  return (
    <ol className="rows live" aria-label={say`Completions being written`} aria-live="off">
      {completions.map((pieces, i) => (
        <li className="row" key={i}>
          <span className="number">{i + 1}</span>
          <Pieces pieces={pieces} strength={0} writing={!ended && pieces.length === longest} />
        </li>
      ))}
    </ol>
  )
}
