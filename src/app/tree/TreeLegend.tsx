/** How the tree is read, where the chosen node would stand. */
import { say } from '../words/say'
import { tell } from '../words/tell'

export function TreeLegend({ every }: { every: boolean }) {
  return (
    <section className="panel legend" aria-label={say`How to read the tree`}>
      <p>{say`Each response is a first round. Its note goes on along several ways, and what becomes of them is its reward.`}</p>
      <ul>
        <li>{tell`${<i className="dot" data-last data-right="yes" />} a way that ends right`}</li>
        <li>{tell`${<i className="dot" data-last data-right="no" />} one that ends wrong`}</li>
        <li>{tell`${<i className="swatch" data-way="up" />} a response to be made likelier`}</li>
        <li>{tell`${<i className="swatch" data-way="down" />} one to be made less likely`}</li>
        <li><i className="swatch" data-trained /> {every ? say`every round is trained` : say`trained; later rounds are only played`}</li>
      </ul>
      <p>{say`Choose a node to read it; arrow keys lead on from there.`}</p>
    </section>
  )
}
