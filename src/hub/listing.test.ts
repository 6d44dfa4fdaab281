import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseFile, readHubId, readListing, refuseOtherFormats, usualFile, variants, writeHubId } from './listing'
import type { Repository } from './repository'

const ID = { model: 'owner/name', revision: 'main' }
const sha = 'a'.repeat(40)

describe('a name on the Hub', () => {
  it.each(['owner/name', 'HuggingFaceTB/SmolLM2-135M-Instruct', 'a/b.c_d@v1.0', 'a/b@refs/pr/1'])('%s is one', (text) => {
    expect(writeHubId(readHubId(text)!)).toBe(text)
  })
  it.each(['ledger', './folder/x', '../x', '/abs/path', 'a/b/c', 'a/..', 'a/b@', 'a/b@../c', 'C:\\x', ''])('%j is none', (text) => {
    expect(readHubId(text)).toBeUndefined()
  })
})

describe('a listing', () => {
  it('leaves out names that lead elsewhere, and says what is wrong with an answer', () => {
    const siblings = ['ok.json', '../x', 'a//b', '/x', 'a/./b'].map((rfilename) => ({ rfilename, size: 1 }))
    expect(readListing({ sha, siblings }, ID, 'hub').files.map(({ path }) => path)).toEqual(['ok.json'])
    const lfs = { sha256: '../../etc/passwd', size: 1 }
    const read = () => readListing({ sha, siblings: [{ rfilename: 'x', lfs }] }, ID, 'hub')
    expect(read).toThrow(/^hub lists owner\/name .*siblings\.0\.lfs\.sha256/)
    expect(() => readListing('<html>', ID, 'hub')).toThrow('in a form that cannot be read')
  })

  it('is read, or refused with one sentence, whatever comes', () => {
    const any = fc.anything()
    const sibling = fc.record({ rfilename: any, size: any, blobId: any, lfs: any }, { requiredKeys: [] })
    const answer = fc.oneof(fc.jsonValue(), fc.record({ sha: fc.constant(sha), siblings: fc.array(sibling) }))
    fc.assert(
      fc.property(answer, (json) => {
        try {
          expect(readListing(json, ID, 'hub').files).toBeInstanceOf(Array)
        } catch (error) {
          expect((error as Error).message).toMatch(/^hub lists owner\/name in a form that cannot be read \([^\n]*\); try again later\.$/)
        }
      }),
    )
  })

  it('reads what it kept', () => {
    const listing = readListing({ sha, gated: 'auto', siblings: [{ rfilename: 'x', size: 3, blobId: sha, extra: 1 }] }, ID, 'hub')
    expect(readListing(JSON.parse(JSON.stringify(listing.source)), ID, 'hub')).toEqual(listing)
  })
})

describe('variants', () => {
  const of = (...paths: string[]) => variants(paths.map((path, i) => ({ path, bytes: i + 1 })))
  it('have their data files, in the spellings of all exporters, and nobody else’s', () => {
    const names = ['model.onnx', 'model.onnx_data', 'model.onnx_data_1', 'model_q4.onnx', 'model_q4.onnx_data', 'model.onnx.bak']
    const found = of(...names.map((name) => `onnx/${name}`))
    expect(found.map(({ file, data, bytes }) => [file, data, bytes])).toEqual([
      ['onnx/model.onnx', ['onnx/model.onnx_data', 'onnx/model.onnx_data_1'], 6],
      ['onnx/model_q4.onnx', ['onnx/model_q4.onnx_data'], 9],
    ])
    expect(of('model.onnx', 'model.onnx.data')[0]?.data).toEqual(['model.onnx.data'])
  })
  it.each([
    ['onnx/model.onnx', 'fp32'],
    ['onnx/model_q4f16.onnx', 'q4f16'],
    ['onnx/model_q4.onnx', 'q4'],
    ['onnx/model_quantized.onnx', 'int8'],
    ['onnx/model_uint8.onnx', 'uint8'],
    ['cpu-int4-rtn-block-32/model.onnx', 'int4'],
    ['int8/model_fp16.onnx', 'fp16'],
  ])('%s is shown as %s', (path, precision) => expect(of(path)[0]?.precision).toBe(precision))
})

describe('the file that is opened where none is named', () => {
  const of = (...paths: string[]) => usualFile(variants(paths.map((path, i) => ({ path, bytes: i + 1 }))))
  it.each([
    ['onnx/model.onnx', ['onnx/model_q4.onnx', 'onnx/model.onnx']],
    ['model.onnx', ['onnx/model_q4.onnx', 'model.onnx']],
    ['onnx/model_q4.onnx', ['onnx/portable_q4.onnx', 'onnx/model_q4.onnx', 'onnx/model_fp16.onnx']],
    ['onnx/decoder.onnx', ['onnx/decoder.onnx', 'onnx/other.onnx']],
    [undefined, []],
  ])('is %s', (file, paths) => expect(of(...paths)).toBe(file))

  it('is as it was named, or the usual one of a place that does not list its files', async () => {
    const no = () => Promise.reject(new Error('not asked'))
    const repository: Repository = { id: 'x', size: no, read: no, text: no, exists: no }
    expect(await chooseFile(repository, 'x.onnx')).toBe('x.onnx')
    expect(await chooseFile(repository)).toBe('onnx/model.onnx')
    expect(await chooseFile({ ...repository, list: () => Promise.resolve([{ path: 'onnx/model_q4.onnx', bytes: 1 }]) })).toBe('onnx/model_q4.onnx')
  })
})

describe('other formats', () => {
  it('are refused only where there is no ONNX', () => {
    expect(() => refuseOtherFormats('x', ['a.gguf', 'onnx/model.onnx'])).not.toThrow()
    expect(() => refuseOtherFormats('x', ['README.md'])).not.toThrow()
    expect(() => refuseOtherFormats('x', ['pytorch_model-00001-of-2.bin'])).toThrow('x holds its weights as PyTorch, and only ONNX')
    expect(() => refuseOtherFormats('x', ['A.GGUF'])).toThrow('convert the model that it was made from with “optimum-cli export onnx')
  })
})
