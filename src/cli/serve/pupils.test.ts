/** A class on one server: each pupil a client of its own over HTTP with a GRPO run of its own. ETUDE_PUPILS=30 is the whole class. */
import { expect, it } from 'vitest'
import { createFakeHost } from '../../policy/fake'
import { tinkerHost } from '../../policy/tinker/host'
import { createRun } from '../../runs/run'
import { parseSpec } from '../../runs/spec'
import { serverApp } from './app'
import { LIMITS } from './limits'
import { listen } from './listen'
import { wireServer } from './routes'

const CLASS = Number(process.env.ETUDE_PUPILS ?? 0)
const [PUPILS, STEPS, DELAY] = CLASS ? [CLASS, 10, 15] : [5, 4, 2]
const TOKEN = 'tml-0123456789abcdef'

it('gives every pupil of a class the same share, and none a long wait', async () => {
  const limits = CLASS ? LIMITS : { ...LIMITS, slice: 50 }
  const wire = wireServer({ host: createFakeHost({ delay: DELAY }), models: ['fake'], limits, alpha: 32, engines: 1 })
  const app = serverApp({ token: TOKEN, hosts: () => [`127.0.0.1:${server.port}`], origins: [], limits, wire: wire.app })
  const server = await listen((request) => app.fetch(request), '127.0.0.1', 0)
  /** Milliseconds of each step of each pupil, and when each pupil had made it. */
  const times: number[][] = []
  const made: number[][] = []
  const start = performance.now()
  await Promise.all(
    Array.from({ length: PUPILS }, async (_, pupil) => {
      const spec = parseSpec({
        model: 'fake',
        steps: STEPS,
        evaluation: { every: STEPS, problems: 4 },
        algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22 },
        seed: pupil,
      })
      const run = createRun(spec, tinkerHost({ url: `http://127.0.0.1:${server.port}`, key: TOKEN }))
      times[pupil] = []
      made[pupil] = []
      for (let step = 0; step < STEPS; step++) {
        const since = performance.now()
        await run.step()
        times[pupil].push(performance.now() - since)
        made[pupil].push(performance.now() - start)
      }
      await run.close()
    }),
  )
  expect(wire.counts()).toMatchObject({ sessions: 0, models: 0, waiting: 0 })
  server.close()
  await wire.close()

  const steps = times.flatMap((each) => each.slice(1)) // the first opens the model
  const mean = steps.reduce((a, b) => a + b, 0) / steps.length
  const longest = Math.max(...steps)
  const firstDone = Math.min(...made.map((each) => each.at(-1)!))
  const then = made.map((each) => each.filter((at) => at <= firstDone).length)
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2)
  console.log(
    `${PUPILS} pupils, ${STEPS} steps each: longest step ${seconds(longest)} s, mean ${seconds(mean)} s; when the first had all, the last had ${Math.min(...then)}; ` +
      `all after ${seconds(performance.now() - start)} s`,
  )
  expect(longest).toBeLessThan(4 * mean)
  expect(Math.min(...then)).toBeGreaterThanOrEqual(STEPS / 2)
}, 600_000)
