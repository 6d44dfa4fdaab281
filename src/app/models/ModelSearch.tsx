/** Models of the Hugging Face Hub by name. Nothing is asked of it before somebody types. */
import { TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { readHubId } from '../../hub/listing'
import { useAnswer } from '../group/answer'
import { count } from '../format'
import { searchHub } from './models'
import { TokenField, useSession } from './TokenField'
import { say } from '../words/say'

interface Props {
  words: string
  setWords: (words: string) => void
  look: (model: string) => void
}

export function ModelSearch({ words, setWords, look }: Props) {
  const session = useSession()
  const [asked] = useDebouncedValue(words.trim(), 350)
  const key = asked.length < 2 ? undefined : JSON.stringify([asked, session.hub, session.token])
  const { value: found, error, asking } = useAnswer(key, (signal) => searchHub(session).search(asked, { signal }))
  const named = readHubId(asked) && !found?.some(({ id }) => id === asked) ? asked : undefined
  return (
    <div className="fields">
      <TextInput size="sm" classNames={{ label: 'field-label', input: 'field-input' }} label={say`Name of a model, or owner/name`}
        placeholder="qwen2.5, smollm2 …" value={words} data-autofocus autoComplete="off" spellCheck={false}
        onChange={(event) => { setWords(event.currentTarget.value) }} />
      <div aria-live="polite" className="model-answer">
        {asking && <p className="quiet">{say`searching …`}</p>}
        {error && <p className="note bad" role="alert">{error.message}</p>}
        {found?.length === 0 && !named && <p className="quiet">{say`No model with ONNX files has “${asked}” in its name.`}</p>}
        {!key && <p className="quiet">{say`Qwen2, Qwen2.5, Qwen3, Llama 3 and SmolLM2 models that the Hub holds as ONNX can be
          opened.`}</p>}
      </div>
      {key && (named !== undefined || (found?.length ?? 0) > 0) && (
        <ul className="model-rows" aria-label={say`Models found`}>
          {named !== undefined && (
            <li><UnstyledButton className="model-row" onClick={() => { look(named) }}><b>{named}</b></UnstyledButton></li>
          )}
          {found?.map(({ id, downloads, gated }) => (
            <li key={id}>
              <UnstyledButton className="model-row" onClick={() => { look(id) }}>
                <b>{id}</b>
                <span className="quiet small-print tabular">{gated ? say`gated · ` : ''}{say`${count(downloads)} downloads`}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      )}
      <TokenField />
    </div>
  )
}
