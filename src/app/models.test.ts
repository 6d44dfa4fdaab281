import { describe, expect, it } from 'vitest'
import { HUB } from '../hub/hub'
import { variants } from '../hub/listing'
import { parseSpec } from '../runs/spec'
import { defaultDraft, exampleOf, write } from './draft'
import { batchOf, defaultFile, modelLabel, modelSource, pathsOf, PROMPT, searchHub, verdict, withModel } from './models'

describe('models', () => {
  it('are named for people', () => {
    expect(['ledger', 'folder:mine', 'owner/name@v2'].map(modelLabel)).toEqual(['Ledger', 'mine', 'owner/name@v2'])
    expect(['ledger', 'folder:mine', 'owner/name', 'nothing'].map((model) => modelSource(model))).toEqual([
      'comes with the page', 'from your disk', 'on Hugging Face', 'of an unknown place',
    ])
  })

  it('are searched with the visit’s token and little patience', () => {
    const hub = searchHub({ hub: HUB, token: 'hf_x', folders: {} })
    expect([hub.token, hub.cache]).toEqual(['hf_x', undefined])
    expect(hub.patience.tries).toBeLessThan(4)
  })

  it('need their texts, one ONNX file and its data', () => {
    const files = ['README.md', 'config.json', 'tokenizer.json', 'onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model_q4.onnx']
      .map((path, i) => ({ path, bytes: i + 1 }))
    const [first, second] = variants(files)
    expect(pathsOf(files, first!)).toEqual(['config.json', 'tokenizer.json', 'onnx/model_q4.onnx'])
    expect(pathsOf(files, second!)).toEqual(['config.json', 'tokenizer.json', 'onnx/model.onnx', 'onnx/model.onnx_data'])
    expect(defaultFile(variants(files))).toBe('onnx/model.onnx')
    expect(defaultFile([first!])).toBe('onnx/model_q4.onnx')
    expect(defaultFile([])).toBeUndefined()
  })

  it('go into the draft with their file, where it is not the usual one', () => {
    const draft = withModel(defaultDraft(), 'owner/name', 'onnx/model_q4.onnx')
    expect(draft).toMatchObject({ model: 'owner/name', file: 'onnx/model_q4.onnx' })
    expect(parseSpec(draft).file).toBe('onnx/model_q4.onnx')
    expect(withModel(draft, 'owner/name', 'onnx/model.onnx')).not.toHaveProperty('file')
    expect(withModel(draft, 'ledger', undefined)).not.toHaveProperty('file')
    expect(modelSource('owner/name', 'onnx/model_q4.onnx')).toBe('on Hugging Face · model_q4.onnx')
  })
})

describe('memory', () => {
  it('is asked for the rows of a step, and for prompts and completions', () => {
    const draft = write(write(defaultDraft(), 'algorithm.questions', 4), 'algorithm.max_completion_length', 36)
    expect(batchOf(write(draft, 'algorithm.num_generations', 8))).toEqual({ rows: 32, tokens: 36 + PROMPT })
    expect(batchOf(write(exampleOf('grpo'), 'algorithm.max_completion_length', 'x'))).toMatchObject({ tokens: 64 + PROMPT })
    const motif = write(write(exampleOf('motif'), 'algorithm.questions', 2), 'algorithm.num_generations', 3)
    expect(batchOf(write(motif, 'algorithm.trajectories', 5)).rows).toBe(30)
  })

  it('is judged in words that say what to change', () => {
    const limits = { maxBufferSize: 1e9, maxStorageBufferBindingSize: 1e8 }
    const plan = (weights: number, rest: number, name = 'activations') =>
      ({ parts: [{ name: 'weights', bytes: weights }, { name, bytes: rest }], total: weights + rest })
    expect(verdict(plan(6e8, 4e8), limits)).toEqual({ fits: true, words: 'Fits: 1.0 GB of the 1.0 GB that the adapter grants.' })
    expect(verdict(plan(1, 2, 'activations, computed again'), limits).words).toMatch(/^Fits, with each layer computed again/)
    expect(verdict(plan(6e8, 5e8), limits)).toMatchObject({ fits: false, words: expect.stringMatching(/fewer questions/) as string })
    expect(verdict(plan(2e9, 1), limits)).toMatchObject({ fits: false, words: expect.stringMatching(/a smaller model/) as string })
  })
})
