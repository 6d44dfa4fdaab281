/** Hands a file to the visitor. */
export function download(name: string, data: Uint8Array | string | Blob, type = 'application/octet-stream'): void {
  const blob = data instanceof Blob ? data : new Blob([data as BlobPart], { type })
  const url = URL.createObjectURL(blob)
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => { URL.revokeObjectURL(url) }, 10_000)
}

/** “GRPO on Ledger, seed 1” → “grpo-on-ledger-seed-1” */
export function fileName(words: string): string {
  return words.toLowerCase().normalize('NFKD').replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, 80) || 'run'
}
