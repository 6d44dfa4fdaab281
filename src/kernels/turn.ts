/** Launcher of turn.wgsl: an embedding or head that lies turned in its file gets its rows together, a strip at a time. */
import type { Gpu } from '../gpu/gpu'
import { words } from '../gpu/kernel'
import type { Tensor } from '../gpu/tensor'
import type { Shard } from './embedding'
import code from './turn.wgsl?raw'

const kernel = { name: 'turn', code, light: ['wide', 'half'] }

/** Columns start … start + strip − 1 of the shard (f32 or f16; start even) from x [strip, `all`], which holds every row of the table. */
export function turn(gpu: Gpu, x: Tensor, { first, rows, table }: Shard, start: number, strip: number, all: number): void {
  const half = table.format.kind === 'f16'
  const threads = rows * (half ? Math.ceil(strip / 2) : strip)
  const size = words(rows, first, all, start, strip, table.columns)
  gpu.launch(gpu.pipeline(kernel, half ? 'half' : 'wide'), threads, size, [x, table.values])
}
