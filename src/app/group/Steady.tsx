/** Keeps the greatest height that its content has had, so that what stands below does not jump from step to step. */
import { useElementSize } from '@mantine/hooks'
import { useState, type ReactNode } from 'react'

/** The height begins anew while `fresh`, and in a window of another width. */
export function Steady({ fresh, children }: { fresh: boolean; children: ReactNode }) {
  const { ref, width, height } = useElementSize()
  const [tallest, setTallest] = useState({ width, height })
  const next = fresh || width !== tallest.width ? { width, height } : { width, height: Math.max(height, tallest.height) }
  if (next.width !== tallest.width || next.height !== tallest.height) setTallest(next)
  return (
    <div style={{ minHeight: next.height }}>
      <div ref={ref}>{children}</div>
    </div>
  )
}
