/**
 * Every kernel by itself at a few shapes: GFLOP/s and GB/s, and the fraction of a measured ceiling. With F = FMA rate and W = copy
 * bandwidth, work of f FLOP on b bytes takes at least max(f / F, b / W) seconds; the fraction is that over the measured time. Bytes
 * count each operand once, so work that fits a cache can be above 1.
 */
import type { Gpu } from '../../gpu/gpu'
import { words } from '../../gpu/kernel'
import { nodeGpu } from '../../gpu/node'
import { openGpu, requestAdapter } from '../../gpu/open'
import { Graph } from '../../gpu/tape'
import code from './ceiling.wgsl?raw'
import { kernelCases, largeShapes, smallShapes, type KernelCase, type Shapes } from './kernel-cases'
import { repeat, timed } from './repeat'
import { figuresOf, type Figure } from './result'

const kernel = { name: 'ceiling', code, light: ['copy'] }
/** Seconds that one sample lasts at least: waiting for the GPU costs up to a millisecond. */
const LEAST = 0.02
/** Most times that a kernel runs in one sample, and dispatches of one submit. */
const MOST = 1000
const SUBMIT = 64

/** FLOP/s and bytes/s. */
export interface Ceiling {
  fma: number
  copy: number
}

/** @param given by the adapter when left out: small on software, else of a real model with as much of the vocabulary as one binding holds */
export async function kernelSuite(wanted?: number, given?: Shapes): Promise<{ about: string; figures: Figure[] }> {
  const gpu = await openGpu(await requestAdapter(await nodeGpu()))
  try {
    const rows = Math.floor(gpu.device.limits.maxStorageBufferBindingSize / (256 * largeShapes.width))
    const large = { ...largeShapes, vocabulary: Math.min(largeShapes.vocabulary, 64 * rows) }
    const shapes = given ?? (gpu.software ? smallShapes : large)
    const before = await measureCeiling(gpu, shapes, wanted)
    const measured: { each: KernelCase; figure: Figure }[] = []
    for (const each of kernelCases(shapes)) measured.push({ each, figure: await measure(gpu, each, wanted) })
    const after = await measureCeiling(gpu, shapes, wanted)
    const ceiling = { fma: Math.max(before.fma, after.fma), copy: Math.max(before.copy, after.copy) }
    const figures = measured.map(({ each: { flops, bytes }, figure }) => {
      const floor = Math.max(flops / ceiling.fma, bytes / ceiling.copy)
      return { ...figure, rates: { ...figure.rates, 'of ceiling': floor / figure.seconds.median } }
    })
    const [bandwidth, rate] = [ceiling.copy, ceiling.fma].map((perSecond) => (perSecond / 1e9).toPrecision(3))
    return { figures: [...before.figures, ...figures], about: `copy ${bandwidth} GB/s and FMA ${rate} GFLOP/s are the ceiling: the fastest of probes before and after` }
  } finally {
    gpu.destroy()
  }
}

/** By the fastest sample: other work only makes it slower. */
async function measureCeiling(gpu: Gpu, { copied, chains, rounds }: Shapes, wanted?: number): Promise<Ceiling & { figures: Figure[] }> {
  const probe = (entry: string, n: number, rate: { flops: number; bytes: number }): KernelCase => ({
    name: `ceiling: ${entry}`, ...rate,
    prepare: (g) => {
      const [x, y] = [g.upload(new Float32Array(4 * n)), g.tensor([4 * n])]
      return () => gpu.launch(gpu.pipeline(kernel, entry), n, words(n, rounds, { f32: 0.999 }, { f32: 0.001 }), [x, y])
    },
  }) // prettier-ignore
  const bytes = 8 * copied
  const flops = 128 * rounds * chains
  const copy = await measure(gpu, probe('copy', copied / 4, { flops: 0, bytes }), wanted)
  const fma = await measure(gpu, probe('fma16', chains, { flops, bytes: 32 * chains }), wanted)
  const fastest = ({ seconds }: Figure) => Math.min(...seconds.samples)
  return { copy: bytes / fastest(copy), fma: flops / fastest(fma), figures: [copy, fma] }
}

/** One kernel: its launches are recorded once and played as often as LEAST asks; the warm-up is the first run, with the compilation. */
async function measure(gpu: Gpu, { name, flops, bytes, prepare }: KernelCase, wanted: number | undefined): Promise<Figure> {
  const graph = new Graph(gpu, true)
  const run = prepare(graph)
  await gpu.settle()
  const { seconds: compiled, value: captured } = await timed(() => Promise.resolve(gpu.capture(run)))
  try {
    const play = async (times: number) => {
      const { seconds } = await timed(async () => {
        for (let i = 0, waiting = 0; i < times; i++) {
          gpu.play(captured.launches)
          waiting += captured.launches.length
          if (waiting < SUBMIT) continue
          gpu.flush()
          waiting = 0
        }
        await gpu.settle()
      })
      return seconds / times
    }
    const first = compiled + (await play(1))
    const times = Math.min(MOST, Math.max(1, Math.ceil(LEAST / (await play(1)))))
    const { samples } = await repeat(async () => ({ [name]: await play(times) }), wanted)
    const amounts = { ...(flops > 0 && { 'GFLOP/s': flops / 1e9 }), 'GB/s': bytes / 1e9 }
    return figuresOf({ warmup: { [name]: first }, samples }, { [name]: amounts })[0]!
  } finally {
    captured.free()
    graph.free()
  }
}
