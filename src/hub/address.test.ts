import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { readAddress } from './address'

/** question, answer, n: ["a?", "1\n#### 1", 1], ["b é?", "#### 1,200", 2]; written by Apache Arrow with these codecs. */
const PARQUET = {
  snappy:
    'UEFSMRUEFR4VIkwVBBUAEgAADzgCAAAAYT8FAAAAYiDDqT8VABUSFRYsFQQVEBUGFQYcAAAACSACAAAABAEBAwIVBBU0FThMFQQVABIAABpkCAAAADEKIyMjIyAx' +
    'CgAAACMjIyMgMSwyMDAVABUSFRYsFQQVEBUGFQYcAAAACSACAAAABAEBAwIVBBUgFSRMFQQVABIAABA8AQAAAAAAAAACAAAAAAAAABUAFRIVFiwVBBUQFQYVBhwA' +
    'AAAJIAIAAAAEAQEDAhUEGUw1ABgGc2NoZW1hFQYAFQwlAhgIcXVlc3Rpb24lAEwcAAAAFQwlAhgGYW5zd2VyJQBMHAAAABUEJQIYAW4AFgQZHBk8JgAcFQwZNQAG' +
    'EBkYCHF1ZXN0aW9uFQIWBBZyFnomRiYIKSwVBBUAFQIAFQAVEBUCADwWDhkGGSYABAAAACYAHBUMGTUABhAZGAZhbnN3ZXIVAhYEFogBFpABJtYBJoIBKSwVBBUA' +
    'FQIAFQAVEBUCADwWJBkGGSYABAAAACYAHBUEGTUABhAZGAFuFQIWBBZ0Fnwm0gImkgIpLBUEFQAVAgAVABUQFQIAPCkGGSYABAAAABbuAhYEJggWhgMAKCBwYXJx' +
    'dWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRk8HAAAHAAAHAAAADIBAABQQVIx',
  zstd:
    'UEFSMRUEFR4VMEwVBBUAEgAAKLUv/SAPeQAAAgAAAGE/BQAAAGIgw6k/FQAVEhUkLBUEFRAVBhUGHAAAACi1L/0gCUkAAAIAAAAEAQEDAhUEFTQVRkwVBBUAEgAA' +
    'KLUv/SAa0QAACAAAADEKIyMjIyAxCgAAACMjIyMgMSwyMDAVABUSFSQsFQQVEBUGFQYcAAAAKLUv/SAJSQAAAgAAAAQBAQMCFQQVIBUyTBUEFQASAAAotS/9IBCB' +
    'AAABAAAAAAAAAAIAAAAAAAAAFQAVEhUkLBUEFRAVBhUGHAAAACi1L/0gCUkAAAIAAAAEAQEDAhUEGUw1ABgGc2NoZW1hFQYAFQwlAhgIcXVlc3Rpb24lAEwcAAAA' +
    'FQwlAhgGYW5zd2VyJQBMHAAAABUEJQIYAW4AFgQZHBk8JgAcFQwZNQAGEBkYCHF1ZXN0aW9uFQwWBBZyFpYBJlQmCCksFQQVABUCABUAFRAVAgA8Fg4ZBhkmAAQA' +
    'AAAmABwVDBk1AAYQGRgGYW5zd2VyFQwWBBaIARasASaAAiaeASksFQQVABUCABUAFRAVAgA8FiQZBhkmAAQAAAAmABwVBBk1AAYQGRgBbhUMFgQWdBaYASaYAybK' +
    'AiksFQQVABUCABUAFRAVAgA8KQYZJgAEAAAAFu4CFgQmCBbaAwAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGTwcAAAcAAAcAAAANAEAAFBBUjE=',
}
const ROWS = '{"question":"a?","answer":"1\\n#### 1","n":1}\n{"question":"b é?","answer":"#### 1,200","n":2}\n'

let folder: string
let server: Server
let address: string
let asked = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'address-'))
  writeFileSync(join(folder, 'rows.jsonl'), ROWS)
  for (const [codec, text] of Object.entries(PARQUET)) writeFileSync(join(folder, `${codec}.parquet`), Buffer.from(text, 'base64'))
  const broken = Buffer.from(PARQUET.snappy, 'base64').fill(7, 8, 60)
  writeFileSync(join(folder, 'broken.parquet'), broken)
  server = createServer((request, response) => {
    asked++
    if (request.url === '/rows.jsonl') response.writeHead(200, { 'content-type': 'text/plain' }).end(ROWS)
    else if (request.url === '/page') response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>the page')
    else response.writeHead(404).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})
afterEach(() => { vi.unstubAllGlobals() })

const read = async (at: string) => new TextDecoder().decode(await readAddress(at))

describe('an address', () => {
  it('is a URL or a path', async () => {
    expect(await read(`${address}/rows.jsonl`)).toBe(ROWS)
    expect(await read(join(folder, 'rows.jsonl'))).toBe(ROWS)
  })

  it.each(Object.keys(PARQUET))('of a Parquet table (%s) gives its rows as JSON lines', async (codec) => {
    expect(await read(join(folder, `${codec}.parquet`))).toBe(ROWS)
  })

  it('that gives no data says what, where and what to do', async () => {
    await expect(read(`${address}/none`)).rejects.toThrow(`${address}/none cannot be fetched: the server answered 404; check the address.`)
    await expect(read(`${address}/page`)).rejects.toThrow('is a web page and not a data file')
    await expect(read('http://127.0.0.1:1/x')).rejects.toThrow('http://127.0.0.1:1/x cannot be fetched (')
    await expect(read(join(folder, 'none'))).rejects.toThrow('none cannot be read (ENOENT); check the path')
    await expect(read(join(folder, 'broken.parquet'))).rejects.toThrow('broken.parquet is a Parquet file that cannot be read (')
  })

  it('of a data set on the Hub is found by its short form', async () => {
    const asked: string[] = []
    vi.stubGlobal('fetch', (url: string) => {
      asked.push(url)
      return Promise.resolve(new Response(ROWS))
    })
    expect(await read('hf://datasets/openai/gsm8k/main/test.jsonl')).toBe(ROWS)
    expect(await read('hf://datasets/a/b@v1/c.csv')).toBe(ROWS)
    expect(asked).toEqual([
      'https://huggingface.co/datasets/openai/gsm8k/resolve/main/main/test.jsonl',
      'https://huggingface.co/datasets/a/b/resolve/v1/c.csv',
    ])
    await expect(read('hf://datasets/a')).rejects.toThrow('hf://datasets/a names no file of a data set')
    vi.unstubAllGlobals()
  })

  it('is fetched once where there is Cache Storage', async () => {
    const kept = new Map<string, Response>()
    const cache = {
      match: (url: string) => Promise.resolve(kept.get(url)?.clone()),
      put: (url: string, response: Response) => Promise.resolve(void kept.set(url, response)),
    }
    vi.stubGlobal('caches', { open: () => Promise.resolve(cache) })
    asked = 0
    expect([await read(`${address}/rows.jsonl`), await read(`${address}/rows.jsonl`)]).toEqual([ROWS, ROWS])
    await expect(read(`${address}/none`)).rejects.toThrow('404')
    expect([asked, [...kept.keys()]]).toEqual([2, [`${address}/rows.jsonl`]])
  })

  it('of a file on disk is refused in a page', async () => {
    vi.stubGlobal('process', undefined)
    await expect(read('rows.jsonl')).rejects.toThrow('rows.jsonl is a path on disk, which a page cannot read; give the address')
  })
})
