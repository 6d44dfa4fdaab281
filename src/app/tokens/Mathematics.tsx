/** A formula, after its chunk has come; until then its room is kept. */
import { lazy, Suspense } from 'react'

const Formula = lazy(() => import('./Formula').then((module) => ({ default: module.Formula })))

export function Mathematics({ tex }: { tex: string }) {
  return <Suspense fallback={<span className="formula" aria-hidden="true">&nbsp;</span>}><Formula tex={tex} /></Suspense>
}
