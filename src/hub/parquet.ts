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
  const file = bytes.slice().buffer
  try {
    const rows = await parquetReadObjects({ file, compressors })
    return new TextEncoder().encode(rows.map((row) => JSON.stringify(toJson(row)) + '\n').join(''))
  } catch (error) {
    const why = (error as Error).message
    throw new Error(`${where} is a Parquet file that cannot be read (${why}); download it again, or give JSON lines.`, { cause: error })
  }
}
