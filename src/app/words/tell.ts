/** `say` for texts with elements among their values: tell`step ${<b>{n}</b>} of ${all}`. The language decides their order. */
import { createElement, Fragment, type ReactElement, type ReactNode } from 'react'
import { piecesOf } from './say'

export function tell(strings: TemplateStringsArray, ...values: ReactNode[]): ReactElement {
  const parts = piecesOf(strings).map((piece) => (typeof piece === 'number' ? values[piece] : piece))
  return createElement(Fragment, null, ...parts)
}
