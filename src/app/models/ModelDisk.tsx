/** A model's folder, or its files, dropped or chosen. They are read where they lie; nothing is uploaded. */
import { Button } from '@mantine/core'
import { useRef, useState, type DragEvent, type ReactElement } from 'react'
import { chosenFiles, droppedFiles, type PathFile } from '../../hub/files'
import { addFolder } from '../../hub/session'
import { say } from '../words/say'

export function ModelDisk({ look }: { look: (model: string) => void }) {
  const [over, setOver] = useState(false)
  const [problem, setProblem] = useState<string>()
  const take = (files: PathFile[]): void => {
    if (files.length === 0) setProblem(say`There are no files in it; choose the folder that holds config.json.`)
    else look(addFolder(files))
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setOver(false)
    droppedFiles(event.dataTransfer).then(take, (error: unknown) => { setProblem(say`What was dropped cannot be read: ${String(error)}`) })
  }
  return (
    <div className="fields">
      <div className="drop" data-over={over || undefined} onDrop={drop}
        onDragOver={(event) => { event.preventDefault(); setOver(true) }} onDragLeave={() => { setOver(false) }}>
        <p>{say`Drop a model’s folder here, or its files.`}</p>
        <div className="drop-buttons">
          <Chooser words={say`Choose a folder`} folder take={take} />
          <Chooser words={say`Choose files`} take={take} />
        </div>
      </div>
      {problem && <p className="note bad" role="alert">{problem}</p>}
      <p className="quiet small-print">
        {say`A folder as Optimum writes it: config.json, tokenizer.json and model.onnx, at the top or in onnx/, with its data beside it. It
          is read from your disk and goes nowhere.`}
      </p>
    </div>
  )
}

function Chooser({ words, folder = false, take }: { words: string; folder?: boolean; take: (files: PathFile[]) => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button variant="default" size="sm" onClick={() => input.current?.click()}>{words}</Button>
      <input ref={input} type="file" multiple hidden aria-label={words} {...(folder && { webkitdirectory: '' })}
        onChange={(event) => { take(chosenFiles(event.currentTarget.files ?? [])) }} />
    </>
  )
}
