/** JSON in and out, with shapes at the border. */
import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import { Refusal } from './limits'

export const PROTOBUF = 'application/x-protobuf'

/** `post(path, shape, answer)` on these routes: the body is checked, the answer is JSON. */
export function poster(api: Hono) {
  return <T>(path: string, shape: z.ZodType<T>, answer: (body: T, c: Context) => object | Promise<object>) =>
    api.post(path, async (c) => c.json(await answer(await readJson(c, shape), c)))
}

/** What cannot be read is the client's fault. */
export function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(422, `the body cannot be read: ${(error as Error).message.split('\n')[0] ?? ''}`)
  }
}

export async function readJson<T>(c: Context, shape: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  const json = understood(() => (text === '' ? {} : JSON.parse(text)) as unknown)
  const { data, error } = shape.safeParse(json)
  if (error) {
    const [issue] = error.issues
    throw new Refusal(422, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`.slice(0, 300))
  }
  return data
}
