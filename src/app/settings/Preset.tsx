/** A method's named ways: choosing one writes its settings into the form; below it stands what it is. And the sums that suit it. */
import { Select, UnstyledButton } from '@mantine/core'
import { useSelect, useStoreApi } from '../context'
import type { Draft } from '../draft'
import { accept, offerOf } from './offer'
import { presetOf, presetsOf, withPreset } from './presets'
import { later, say } from '../words/say'

const OWN = later`your own settings`

export function Preset({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  const presets = presetsOf(draft)
  const chosen = presetOf(draft)
  if (presets.length === 0) return null
  return (
    <div>
      <Select size="sm" classNames={{ label: 'field-label', input: 'field-input' }} label={say`Variant`} value={chosen?.name ?? null}
        placeholder={say.of(OWN)}
        data={presets.map(({ name }) => name)} allowDeselect={false} disabled={disabled}
        onChange={(name) => {
          if (name) store.setState((page) => ({ draft: withPreset(page.draft, name), complaint: undefined }))
        }} />
      {chosen && <p className="quiet small-print hint">{chosen.note}</p>}
    </div>
  )
}

export function TermsOffer({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  const offer = disabled ? undefined : offerOf(draft)
  if (!offer) return null
  const take = (old: Draft): Draft => accept(old, offer)
  return (
    <p className="note small-print" role="status">
      {offer.words}{' '}
      <UnstyledButton className="why" onClick={() => { store.setState((page) => ({ draft: take(page.draft), complaint: undefined })) }}>
        {offer.action}
      </UnstyledButton>
    </p>
  )
}
