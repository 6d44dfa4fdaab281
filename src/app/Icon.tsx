/** Line icons on a 16 × 16 grid, in the colour of the text; always beside a label or within a labelled button. */
import type { ReactNode } from 'react'

const SHAPES = {
  play: <path d="M4.5 2.6v10.8L13 8z" fill="currentColor" stroke="none" />,
  pause: <path d="M4 3h2.8v10H4zM9.2 3H12v10H9.2z" fill="currentColor" stroke="none" />,
  step: <path d="M3.5 3v10L10 8zM11.2 3H13v10h-1.8z" fill="currentColor" stroke="none" />,
  reset: <path d="M3.2 8a4.8 4.8 0 1 0 1.6-3.6L3 6M3 2.6V6h3.4" />,
  light: (
    <>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1" />
    </>
  ),
  dark: <path d="M13.2 9.8A5.6 5.6 0 0 1 6.2 2.8a5.6 5.6 0 1 0 7 7z" />,
  link: <path d="M6.6 9.4 9.4 6.6M7.2 4.6l1.5-1.5a3 3 0 0 1 4.2 4.2l-1.5 1.5M8.8 11.4l-1.5 1.5a3 3 0 0 1-4.2-4.2l1.5-1.5" />,
  save: <path d="M8 2v8M4.8 7 8 10.2 11.2 7M2.8 13.4h10.4" />,
  back: <path d="M10 3 5 8l5 5" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  forth: <path d="M6 3l5 5-5 5" />,
} satisfies Record<string, ReactNode>

export function Icon({ name, size = 16 }: { name: keyof typeof SHAPES; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round"
      strokeLinejoin="round" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  )
}
