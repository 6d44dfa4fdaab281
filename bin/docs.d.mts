export function pages(): string[]
export function linksOf(page: string, text: string): { name: string; path: string; line: number | undefined }[]
export function lineOf(name: string, text: string): number | undefined
export function relinked(page: string, text: string): string
export function houseDrawing(): string
export function renewed(page: string, text: string): string
export function writeDocs(): void
