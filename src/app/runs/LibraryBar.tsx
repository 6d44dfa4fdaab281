/** Lines under the head: a run that could go on, that runs are not kept here, what went wrong with keeping one, whose run is looked at. */
import './runs.css'
import { UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { useSelect, useShelf } from '../context'
import { Offer } from '../elsewhere/Offer'
import { DropFiles } from './OpenFile'
import { Recordings } from './Recordings'
import { say } from '../words/say'
import { tell } from '../words/tell'

export function LibraryBar() {
  const shelf = useShelf()
  const { offer, forgets, notice } = useSelect((page) => page.library)
  const idle = useSelect((page) => page.state === 'idle')
  const absent = useSelect((page) => page.device.state === 'absent' && !page.viewing)
  const able = useSelect((page) => page.device.state === 'ready')
  return (
    <>
      {idle && able && offer && (
        <Line role="status" dismiss={() => { shelf.dismiss('offer') }} close={say`not now`}>
          <span>{tell`${<b>{offer.name}</b>} stopped on its way.`}</span>
          <Act onClick={() => void shelf.goOn(offer.id)}>
            {say`Go on where it stopped (step ${offer.checkpoint!.step} of ${offer.spec.steps})`}</Act>
        </Line>
      )}
      {absent && <div className="bar-line"><Recordings words={say`Recorded runs play here without a GPU:`} /></div>}
      {forgets && <Line role="status" dismiss={() => { shelf.dismiss('forgets') }}><span>{forgets}</span></Line>}
      <Offer />
      <DropFiles />
      {notice && <Line role="alert" dismiss={() => { shelf.dismiss('notice') }}><span>{notice}</span></Line>}
    </>
  )
}

function Line({ role, children, dismiss, close = say`close` }: { role: string; children: ReactNode; dismiss: () => void; close?: string }) {
  return (
    <div className="bar-line" role={role}>
      {children}
      <Act onClick={dismiss}>{close}</Act>
    </div>
  )
}

function Act({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return <UnstyledButton className="why" onClick={onClick}>{children}</UnstyledButton>
}
