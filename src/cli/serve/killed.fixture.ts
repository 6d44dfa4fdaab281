/** For tests: a server over fake policies in a process of its own, to be killed. */
import { createFakeHost } from '../../policy/fake'
import { serverApp } from './app'
import { LIMITS } from './limits'
import { listen } from './listen'
import { wireServer } from './routes'

export async function serveFake(token: string, wanted: number, delay: number): Promise<void> {
  const wire = wireServer({ host: createFakeHost({ delay }), models: ['fake'], limits: LIMITS, alpha: 32, engines: 1 })
  const app = serverApp({ token, hosts: () => [`127.0.0.1:${port}`], origins: [], limits: LIMITS, wire: wire.app })
  const { port } = await listen((request) => app.fetch(request), '127.0.0.1', wanted)
  console.log(`port ${port}`)
}
