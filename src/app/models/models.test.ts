import { describe, expect, it } from 'vitest'
import { HUB } from '../../hub/hub'
import { variants } from '../../hub/listing'
import { parseSpec } from '../../runs/spec'
import { defaultDraft, exampleOf, write } from '../draft'
import { batchOf, modelLabel, modelSource, pathsOf, PROMPT, searchHub, withModel } from './models'

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
    expect(batchOf(write(draft, 'algorithm.num_generations', 8))).toEqual({ rows: 32, tokens: 36 + PROMPT, shared: { group: 8, prompt: PROMPT } })
    expect(batchOf(write(exampleOf('grpo'), 'algorithm.max_completion_length', 'x'))).toMatchObject({ tokens: 64 + PROMPT })
    const motif = write(write(exampleOf('motif'), 'algorithm.questions', 2), 'algorithm.num_generations', 3)
    expect(batchOf(write(motif, 'algorithm.trajectories', 5)).rows).toBe(30)
  })
})
