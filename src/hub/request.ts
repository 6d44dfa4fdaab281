/**
 * One request to the Hub, with patience: lost lines and 5xx are tried again after 1, 2, 4 … 30 seconds, 429 after the time that
 * the server names (Retry-After, or t of RateLimit: huggingface.co/docs/hub/rate-limits). Every refusal is one sentence.
 */

/** The Hub wants a token, or another one. The page shows its token field. */
export class NeedsToken extends Error {
  override name = 'NeedsToken'
}

/** The line was lost, or the server is; the same request may work later. */
export class LineLost extends Error {
  override name = 'LineLost'
}

/** The server gives out no more for now, however long one waits here. */
export class RateLimited extends LineLost {
  override name = 'RateLimited'
}

export interface Patience {
  /** How often in a row without a byte. */
  tries: number
  /** Milliseconds before the second try; they double up to 30 times as many. */
  pause: number
  /** Milliseconds without a byte after which a line counts as lost. */
  silence: number
  /** A server that asks to wait longer than these milliseconds is not waited for. */
  longest: number
}

export const PATIENCE: Patience = { tries: 8, pause: 1000, silence: 30_000, longest: 330_000 }

export type OnWait = (why: string, seconds: number) => void

/** Milliseconds before try number `failures` + 1; a little different each time, so that many tabs do not come at once. */
export function backOff({ pause }: Patience, failures: number): number {
  return pause * Math.min(30, 2 ** (failures - 1)) * (0.75 + Math.random() / 2)
}

/** Rejects with the signal's reason when it is aborted. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    if (signal?.aborted) return reject(signal.reason as Error)
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** What a server that answered 429 asks for, in milliseconds; undefined where it says nothing (or a browser may not see it). */
export function askedPause(headers: Headers, now = Date.now()): number | undefined {
  const after = headers.get('retry-after')
  if (after !== null) {
    if (/^\d+$/.test(after.trim())) return 1000 * Number(after)
    const date = Date.parse(after)
    if (!Number.isNaN(date)) return Math.max(0, date - now)
  }
  const limit = /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')
  return limit ? 1000 * Number(limit[1]) : undefined
}

/** Whether trying again can help; else the answer is a refusal. */
export function isPassing(status: number): boolean {
  return status === 429 || status === 408 || status >= 500
}

/** How long to wait after a passing failure; throws the sentence where patience ends. */
export function pauseAfter(response: Response, failures: number, patience: Patience, what: string): number {
  const host = new URL(response.url).host
  const asked = response.status === 429 ? askedPause(response.headers) : undefined
  if (asked !== undefined && asked > patience.longest) {
    throw new RateLimited(`${host} gives out too much to this address and asks to wait ${minutes(asked)} for ${what}; try again then.`)
  }
  if (failures >= patience.tries) {
    const sentence = `${host} answered ${response.status} to ${failures} requests for ${what}; try again later.`
    throw response.status === 429 ? new RateLimited(sentence) : new LineLost(sentence)
  }
  // a browser may not see how long: a limit of the Hub lasts minutes, so the first waits are longer than after a lost line
  const least = response.status === 429 ? 10 * patience.pause : 0
  return asked ?? Math.max(least, backOff(patience, failures))
}

/** The sentence for an answer that trying again will not change. `gate` is where a person asks for access. */
export function refusal(response: Response, what: string, model: string, gate: string, hasToken: boolean): Error {
  const host = new URL(response.url).host
  const code = response.headers.get('x-error-code')
  if (code === 'GatedRepo' || (response.status === 403 && code !== 'RepoNotFound')) {
    return new NeedsToken(
      hasToken
        ? `The token's account may not read ${model}; ask for access at ${gate}, or give the token of an account that has it.`
        : `${model} is gated; accept its terms at ${gate}, and give a token of that account.`,
    )
  }
  if (response.status === 401) {
    return new NeedsToken(
      hasToken && code !== 'RepoNotFound'
        ? `${host} does not accept the token; make a new one that may read (Settings, Access Tokens) and give that.`
        : `${host} has no model ${model} that everybody may read; check the name, or give a token if it is private or gated.`,
    )
  }
  if (response.status === 404) {
    if (code === 'RevisionNotFound') return new Error(`${model} has no such revision (${what}); give a branch, tag or commit that it has.`)
    if (code === 'EntryNotFound') return new Error(`${model} has no file ${what}; check the name, or choose another model.`)
    return new Error(`${host} has no ${what} of ${model} (404); check the name, or choose another model.`)
  }
  return new Error(`${host} answered ${response.status} to the request for ${what} of ${model}; try again later, or choose another model.`)
}

function minutes(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}
