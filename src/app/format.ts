/**
 * Numbers as the page writes them for people: a true minus sign, fixed decimals where columns must not jump, units spelled out, the
 * separators of its language. What is typed and what goes into files keeps its decimal point.
 */
import { language, say } from './words/say'

const MINUS = '−'

/** 0.8312 → "0.83"; −0.5 → "−0.50"; what rounds to zero has no sign. */
export function fixed(value: number, decimals = 2): string {
  if (!Number.isFinite(value)) return '–'
  const text = Math.abs(value).toFixed(decimals)
  return local(value < 0 && Number(text) !== 0 ? MINUS + text : text)
}

/** 1.19 → "+1.19", −0.85 → "−0.85", 0 → "0.00": the sign is text, not colour alone. */
export function signed(value: number, decimals = 2): string {
  const text = fixed(value, decimals)
  return Number(value.toFixed(decimals)) > 0 ? `+${text}` : text
}

/** Two to three significant figures, whatever the size: 0.00012 → "1.2e−4", 3.456 → "3.46", 123.4 → "123". */
export function metric(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && size < 0.005) return local(scientific(Number(value.toPrecision(2))).replaceAll('-', MINUS))
  return fixed(value, size < 10 ? 2 : size < 100 ? 1 : 0)
}

/** 0.001 → "1e-3", 0.25 → "0.25", 3 → "3": as one types a learning rate. */
export function scientific(value: number): string {
  if (value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1e6)) return String(value)
  return value.toExponential().replace('e+', 'e')
}

/** 81408 → "81,408". */
export function count(value: number): string {
  return separators().format(Math.round(value))
}

/** 0.347 → "35 %". */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

/** Seconds → "8 s", "1 min 12 s", "2 h 05 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`
}

/** 149312 → "0.15 M", 494032768 → "494 M", 1.5e9 → "1.50 B". */
export function parameters(n: number): string {
  return n >= 1e9 ? say`${fixed(n / 1e9)} B` : say`${fixed(n / 1e6, n < 1e7 ? 2 : 0)} M`
}

/** 312 → "312 bytes", 87400000 → "87 MB", 1234000000 → "1.2 GB"; one decimal below ten, and for gigabytes. */
export function bytes(n: number): string {
  if (n < 1000) return say`${Math.round(n)} bytes`
  const [unit, size] = n < 999_500 ? ['kB', 1e3] as const : n < 999_500_000 ? ['MB', 1e6] as const : ['GB', 1e9] as const
  return `${fixed(n / size, n / size < 9.95 || unit === 'GB' ? 1 : 0)} ${unit}`
}

/** "2 of 32" reads better than a share when the whole is small. */
export function ofWhole(share: number, whole: number): string {
  return say`${Math.round(share * whole)} of ${whole}`
}

const made = new Map<string, Intl.NumberFormat>()

/** The language's own separators. */
function separators(): Intl.NumberFormat {
  const format = made.get(language()) ?? new Intl.NumberFormat(language())
  made.set(language(), format)
  return format
}

/** With the language's decimal sign in place of the point. */
function local(text: string): string {
  return text.includes('.') ? text.replace('.', separators().formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.') : text
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
