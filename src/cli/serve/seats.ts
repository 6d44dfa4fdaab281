/**
 * Open engines, and which adapter sits in each. An engine is a base model on the device; adapters of the same shape take turns in it, and
 * wait outside as the bytes that `save` gives. Gradients that have not been stepped with are not among these bytes: they are computed
 * again from their rows, which gives the same to the bit.
 */
import type { Host } from '../../policy/host'
import type { AdapterSpec, Batch, Policy, PolicyInfo, Slope } from '../../policy/policy'

/** An adapter in training. */
export interface Model {
  id: string
  session: string
  base: string
  adapter: AdapterSpec
  valueHead: boolean
  start?: Record<string, Uint8Array> | undefined
  info?: PolicyInfo
  /** While it does not sit; none for one that has never sat. */
  state?: Uint8Array
  /** Gradients since the last step. */
  pending: { batch: Batch; slope: Slope }[]
  /** The forward pass whose tape may still be there. */
  pass?: { key: string; id: number } | undefined
  /** Counts changes of the weights. */
  version: number
  /** Published versions that have been overtaken, and the snapshot that holds each. */
  kept: Map<number, string>
  /** Whether the next step forgets those before it. */
  restart: boolean
  /** Training requests that were taken: their digest and number of the future. */
  taken: Map<number, { digest: string; request: string }>
  /** Whether its client speaks the extensions. */
  own: boolean
}

interface Seat {
  policy: Policy
  seed: number
  /** Where the adapter came from, when it was not new. */
  start: Model['start']
  /** What `save` gave right after opening. */
  blank: Uint8Array
  sitting: Model | undefined
  used: number
}

const shapeOf = ({ base, adapter: { rank, alpha, targets }, valueHead }: Pick<Model, 'base' | 'adapter' | 'valueHead'>) =>
  JSON.stringify([base, rank, alpha, targets, valueHead])

/** Only ever used from within the queue: one call after the other. */
export class Seats {
  private readonly seats = new Map<string, Seat>()
  private clock = 0

  constructor(
    private readonly host: Host,
    /** Engines that are open at a time. */
    private readonly most: number,
  ) {}

  /** Puts an adapter into its engine. */
  async sit(model: Model): Promise<Policy> {
    const seat = await this.open(model)
    seat.used = ++this.clock
    if (seat.sitting === model) return seat.policy
    if (model.version > 0 && !model.state) throw new Error('what this adapter had learned was lost with the device; load a checkpoint')
    await this.park(seat)
    await seat.policy.load(model.state ?? seat.blank)
    delete model.state
    seat.sitting = model
    model.info = seat.policy.info
    for (const { batch, slope } of model.pending) {
      const { id } = await seat.policy.forward(batch)
      await seat.policy.backward(id, slope)
    }
    return seat.policy
  }

  /** Any engine of the base model, for what needs no adapter; `otherwise` is opened where there is none. */
  async base(base: string, otherwise: Model): Promise<Policy> {
    for (const [shape, seat] of this.seats) {
      if ((JSON.parse(shape) as unknown[])[0] !== base) continue
      if (seat.sitting) seat.sitting.pass = undefined
      return seat.policy
    }
    return (await this.open(otherwise)).policy
  }

  /** The adapter is gone, or what it had learned is replaced. */
  leave(model: Model): void {
    model.version++
    for (const seat of this.seats.values()) if (seat.sitting === model) seat.sitting = undefined
  }

  /** After the device was lost: whoever sat has lost what it had learned since it was last saved. */
  async abandon(): Promise<void> {
    for (const { policy } of this.seats.values()) await policy.close().catch(() => undefined)
    this.seats.clear()
  }

  async close(): Promise<void> {
    await this.abandon()
    await this.host.close()
  }

  private async open(model: Model): Promise<Seat> {
    const shape = shapeOf(model)
    const known = this.seats.get(shape)
    const fits = known && (model.state !== undefined || known.sitting === model || (known.seed === model.adapter.seed && known.start === model.start))
    if (known && fits) return known
    if (known) await this.shut(shape, known)
    while (this.seats.size >= this.most) {
      const [oldest, seat] = [...this.seats].reduce((a, b) => (a[1].used <= b[1].used ? a : b))
      await this.shut(oldest, seat)
    }
    const { base, adapter, valueHead, start } = model
    const policy = await this.host.open({ model: base, adapter, valueHead, ...(start && { start }) })
    const seat: Seat = { policy, seed: adapter.seed, start, blank: await policy.save(), sitting: undefined, used: ++this.clock }
    this.seats.set(shape, seat)
    return seat
  }

  private async shut(shape: string, seat: Seat): Promise<void> {
    await this.park(seat)
    this.seats.delete(shape)
    await seat.policy.close()
  }

  private async park(seat: Seat): Promise<void> {
    if (!seat.sitting) return
    seat.sitting.state = await seat.policy.save()
    seat.sitting.pass = undefined
    seat.sitting = undefined
  }
}
