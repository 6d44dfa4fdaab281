/** A formula, after its chunk has come; until then its room is kept, and where it cannot be had the TeX itself is shown. */
import { lazy, Suspense } from 'react'

const Plain = ({ tex }: { tex: string }) => <code>{tex}</code>

const Formula = lazy(() => import('./Formula').then((module) => ({ default: module.Formula }), () => ({ default: Plain })))

export function Mathematics({ tex }: { tex: string }) {
  return <Suspense fallback={<span className="formula" aria-hidden="true">&nbsp;</span>}><Formula tex={tex} /></Suspense>
}
