import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalog, modelAddress } from './catalog'
import { openDisk } from './disk'
import { openUrl } from './url'

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251)
let folder: string
let server: Server
let address: string
const asked: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-'))
  mkdirSync(join(folder, 'onnx'))
  writeFileSync(join(folder, 'onnx/model.onnx'), bytes)
  writeFileSync(join(folder, 'config.json'), '{"é":1}')
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/m/onnx/model.onnx') response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
    else if (request.url === '/m/config.json') response.writeHead(200, { 'content-type': 'application/json' }).end('{"é":1}')
    else if (request.url === '/m/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>the page')
    else if (request.url === '/m/broken') response.writeHead(503).end()
    else if (request.url === '/m/short') {
      response.writeHead(200, { 'content-length': bytes.length })
      response.write(bytes.subarray(0, 1000), () => response.destroy())
    } else response.writeHead(404).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/m/`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

describe.each([
  ['disk', () => openDisk(folder, 'x')],
  ['url', () => openUrl(address, 'x')],
] as const)('%s', (_, make) => {
  it('reads parts, sizes and texts', async () => {
    const repository = make()
    expect(await repository.size('onnx/model.onnx')).toBe(bytes.length)
    expect(await repository.read('onnx/model.onnx', 100_001, 3)).toEqual(bytes.slice(100_001, 100_004))
    expect(await repository.read('onnx/model.onnx', bytes.length, 0)).toHaveLength(0)
    expect(await repository.text('config.json')).toBe('{"é":1}')
  })

  it('says what is missing or too short', async () => {
    const repository = make()
    expect(await repository.exists('onnx/model.onnx')).toBe(true)
    expect(await repository.exists('onnx/other.onnx')).toBe(false)
    await expect(repository.text('tokenizer.json')).rejects.toThrow('x has no file tokenizer.json;')
    await expect(repository.read('onnx/model.onnx', bytes.length - 2, 3)).rejects.toThrow(`ends at byte ${bytes.length}`)
  })
})

describe('url', () => {
  it('fetches a file once, with progress that ends at its size', async () => {
    const seen: number[] = []
    asked.length = 0
    const repository = openUrl(address, 'x', ({ loaded, total }) => {
      expect(total).toBe(bytes.length)
      seen.push(loaded)
    })
    await Promise.all([repository.size('onnx/model.onnx'), repository.read('onnx/model.onnx', 0, 9), repository.exists('onnx/model.onnx')])
    expect(asked).toEqual(['/m/onnx/model.onnx'])
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(bytes.length)
  })

  it('takes the page that answers for a missing file as no file', async () => {
    expect(await openUrl(address, 'x').exists('page')).toBe(false)
  })

  it('says which server failed, and asks again afterwards', async () => {
    const repository = openUrl(address, 'x')
    asked.length = 0
    await expect(repository.text('broken')).rejects.toThrow('answered 503')
    await expect(repository.text('broken')).rejects.toThrow('answered 503')
    expect(asked).toHaveLength(2)
    await expect(repository.text('short')).rejects.toThrow('broke off after 1000 of 300000 bytes')
    await expect(openUrl('http://127.0.0.1:1/', 'x').text('a')).rejects.toThrow('cannot be fetched from 127.0.0.1:1')
  })
})

describe('catalog', () => {
  it('has no id twice, and folders below the page', () => {
    expect(new Set(catalog.map((entry) => entry.id)).size).toBe(catalog.length)
    for (const { path } of catalog) expect(path).toMatch(/^[\w/]+\/$/)
  })

  it('knows where a model is', () => {
    expect(modelAddress('ledger', 'https://host/etude/')).toBe('https://host/etude/models/ledger/')
    expect(() => modelAddress('nothing', 'https://host/')).toThrow('there is no model "nothing"')
  })
})
