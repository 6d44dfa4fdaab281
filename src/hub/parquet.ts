/**
 * Parquet, the format of the Hugging Face Hub's data sets, to JSON lines, so that whoever reads rows knows one form. The reader
 * (hyparquet) is loaded when the first such file comes.
 */

/** Whether the file begins and ends as Parquet does (PAR1). */
export function isParquet(bytes: Uint8Array): boolean {
  const magic = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4)) === 'PAR1'
  return bytes.length >= 12 && magic(0) && magic(bytes.length - 4)
}

/** One object a row; whole numbers of 64 bits become plain numbers. `where` names the file in messages. */
export async function jsonLinesOf(bytes: Uint8Array, where: string): Promise<Uint8Array> {
  const [{ parquetReadObjects, toJson }, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')])
  // Where the reader stumbles over a damaged directory it has begun to read columns already, and would leave their failures to nobody:
  // they get their bytes a little later, and then none at all.
  let failed = false
  const file = {
    byteLength: bytes.length,
    slice: (start: number, end?: number) =>
      new Promise<ArrayBuffer>((done) => { setTimeout(() => { if (!failed) done(bytes.slice(start, end).buffer) }) }),
  }
  try {
    const rows = await parquetReadObjects({ file, compressors })
    return new TextEncoder().encode(rows.map((row) => JSON.stringify(toJson(row)) + '\n').join(''))
  } catch (error) {
    failed = true
    // the reader trips over what a damaged directory says
    const why = error instanceof TypeError || error instanceof RangeError ? 'its directory is damaged' : (error as Error).message
    throw new Error(`${where} is a Parquet file that cannot be read (${why}); download it again, or give JSON lines.`, { cause: error })
  }
}
