/**
 * The rows of a data file: JSON lines, a JSON array, or CSV (RFC 4180: a header, quotes that hold commas, line breaks and doubled quotes;
 * .tsv has tabs in place of commas). Parquet comes as JSON lines already (hub/parquet.ts).
 */

import { readJson } from '../graders/json'

/** A row of a file: its columns' values. */
export type Row = Readonly<Record<string, unknown>>

const FORMS = 'JSON lines, JSON, CSV or Parquet'

/** Throws one sentence that names the file and the row or line. */
export function readRows(bytes: Uint8Array, address: string): Row[] {
  const text = new TextDecoder().decode(bytes).trim() // the decoder drops a byte order mark
  const [, table] = /\.([ct]sv)(?:[?#].*)?$/i.exec(address) ?? []
  const lines = () => text.split('\n').map((line, i) => (line.trim() === '' ? [] : [parse(line, `line ${i + 1} of ${address}`)])).flat()
  const rows = table ? readTable(text, table.toLowerCase() === 'csv' ? ',' : '\t', address) : text.startsWith('[') ? parse(text, address) : lines()
  if (!Array.isArray(rows) || rows.length === 0) throw new Error(`${address} holds no rows; give a file of ${FORMS}`)
  const wrong = rows.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row))
  if (wrong >= 0) throw new Error(`row ${wrong + 1} of ${address} is no object; give a file of ${FORMS}`)
  return rows as Row[]
}

function parse(text: string, where: string): unknown {
  try {
    return readJson(text, Infinity) // a whole table may stand in one list
  } catch (error) {
    throw new Error(`${where} is not JSON (${(error as Error).message}); give a file of ${FORMS}`, { cause: error })
  }
}

/** Rows of texts under the names of the first row. */
function readTable(text: string, comma: string, address: string): Row[] {
  const [header = [], ...records] = readRecords(text, comma, address)
  const twice = header.find((name, i) => header.indexOf(name) !== i)
  if (twice !== undefined) throw new Error(`the header of ${address} names the column “${twice}” twice; give each column a name of its own`)
  return records.map((fields, i) => {
    if (fields.length === header.length) return Object.fromEntries(header.map((name, column) => [name, fields[column]!]))
    throw new Error(
      `row ${i + 1} of ${address} has ${fields.length} fields and its header ${header.length} columns; put fields that hold commas in quotes`,
    )
  })
}

function readRecords(text: string, comma: string, address: string): string[][] {
  const records: string[][] = [[]]
  let at = 0
  while (at <= text.length) {
    let field = ''
    if (text[at] === '"') {
      const start = at++
      for (;;) {
        const end = text.indexOf('"', at)
        if (end < 0) {
          const line = text.slice(0, start).split('\n').length
          throw new Error(`a quote opens in line ${line} of ${address} and nothing closes it; double the quotes inside a field`)
        }
        field += text.slice(at, end)
        at = end + 1
        if (text[at] !== '"') break
        field += '"'
        at++
      }
    }
    while (at < text.length && text[at] !== comma && text[at] !== '\n') field += text[at++]
    records.at(-1)!.push(field.replace(/\r$/, ''))
    if (text[at] === '\n') records.push([])
    at++
  }
  return records.filter((fields) => fields.length > 1 || fields[0] !== '')
}
