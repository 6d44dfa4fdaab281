/** From asking for a model to a policy that is ready, by parts. Files are on this disk, and after the first time in its cache. */
import type { Host, OpenOptions } from '../../policy/host'
import { repeat } from './repeat'
import { figuresOf, type Figure } from './result'

export async function loadSuite(host: Host, options: OpenOptions, wanted?: number): Promise<{ about: string; figures: Figure[] }> {
  const repeated = await repeat(async () => {
    const marks: Record<string, number> = {}
    const start = performance.now()
    const policy = await host.open(options, ({ phase }) => { marks[phase] ??= performance.now() })
    const ready = performance.now()
    await policy.close()
    const { uploading = ready, compiling = ready } = marks
    return {
      'device and graph': (uploading - start) / 1000,
      'weights read and uploaded': (compiling - uploading) / 1000,
      'kernels compiled': (ready - compiling) / 1000,
    }
  }, wanted)
  const ready = (parts: Record<string, number>) => ({ 'until ready': Object.values(parts).reduce((a, b) => a + b, 0) })
  const whole = { warmup: ready(repeated.warmup), samples: repeated.samples.map(ready) }
  return { about: 'a device of its own each time, after the check opened the model once: the disk has its files in memory', figures: [...figuresOf(repeated), ...figuresOf(whole)] }
}
