import { describe, expect, it } from 'vitest'
import { chosenFiles, droppedFiles, listFiles, openFiles } from './files'
import { variants } from './listing'

const onnx = Uint8Array.from({ length: 1000 }, (_, i) => i % 251)
const file = (path: string, data: BlobPart) => ({ path, file: new Blob([data]) })
const folder = [
  file('top/my model/config.json', '{"é":1}'),
  file('top/my model/onnx/model_q4.onnx', onnx),
  file('top/my model/old/config.json', '{}'),
  file('top/notes.txt', ''),
]

describe('a dropped folder', () => {
  it('is a repository from the folder of its first config.json on', async () => {
    const repository = openFiles(folder, 'my model')
    expect(await repository.text('config.json')).toBe('{"é":1}')
    expect(await repository.size('onnx/model_q4.onnx')).toBe(1000)
    expect(await repository.read('onnx/model_q4.onnx', 300, 5)).toEqual(onnx.slice(300, 305))
    expect(await repository.exists('onnx/model.onnx')).toBe(false)
    expect(await repository.exists('notes.txt')).toBe(false)
    expect(variants(listFiles(folder))).toEqual([{ file: 'onnx/model_q4.onnx', data: [], bytes: 1000, precision: 'q4' }])
  })

  it('may have its ONNX file beside config.json', async () => {
    const repository = openFiles([file('config.json', '{}'), file('model.onnx', onnx)], 'x')
    expect(await repository.size('onnx/model.onnx')).toBe(1000)
  })

  it('says what is missing, too short, or another format', async () => {
    const repository = openFiles(folder, 'x')
    await expect(repository.text('tokenizer.json')).rejects.toThrow('x has no file tokenizer.json')
    await expect(repository.read('onnx/model_q4.onnx', 999, 2)).rejects.toThrow('ends at byte 1000')
    const gguf = openFiles([file('m/model.gguf', '')], 'm')
    await expect(gguf.exists('onnx/model.onnx')).rejects.toThrow('m holds its weights as GGUF')
    await expect(gguf.text('config.json')).rejects.toThrow('m has no file config.json')
  })

  it('is walked to its last file, some at a time', async () => {
    const leaf = (name: string) => ({ name, isFile: true, file: (done: (file: File) => void) => done(new File([name], name)) })
    const branch = (name: string, inside: object[]) => ({
      name,
      isFile: false,
      createReader: () => {
        const left = [...inside]
        return { readEntries: (done: (some: object[]) => void) => done(left.splice(0, 2)) }
      },
    })
    const onnxFolder = branch('onnx', [leaf('a.onnx'), leaf('b.onnx'), leaf('c.onnx')])
    const dropped = [branch('m', [leaf('config.json'), onnxFolder, leaf('tokenizer.json')]), leaf('single.onnx')]
    const items = dropped.map((entry) => ({ webkitGetAsEntry: () => entry }))
    const found = await droppedFiles({ items } as unknown as DataTransfer)
    const paths = ['m/config.json', 'm/onnx/a.onnx', 'm/onnx/b.onnx', 'm/onnx/c.onnx', 'm/tokenizer.json', 'single.onnx']
    expect(found.map(({ path }) => path)).toEqual(paths)
    expect(await found[1]!.file.text()).toBe('a.onnx')
  })

  it('can be chosen in a dialog', () => {
    const chosen = Object.assign(new File(['x'], 'config.json'), { webkitRelativePath: 'm/config.json' })
    expect(chosenFiles([chosen, new File([''], 'a.onnx')]).map(({ path }) => path)).toEqual(['m/config.json', 'a.onnx'])
  })
})
