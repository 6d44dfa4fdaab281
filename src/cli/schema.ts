/** npm run schema: writes the JSON Schema of run specs for editors. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { schemaText } from '../runs/spec'

export const SCHEMA_FILE = join(import.meta.dirname, '../../public/runspec.schema.json')

export async function schema(): Promise<number> {
  await writeFile(SCHEMA_FILE, schemaText())
  console.log(`Wrote ${SCHEMA_FILE}.`)
  return 0
}
