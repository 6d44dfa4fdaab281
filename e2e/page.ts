/** What the journeys share: how the page is opened and where its parts are. */
import type { Locator, Page } from '@playwright/test'

/** From opening to the end of a step on the software adapter, with room for a busy machine. */
export const PATIENCE = 120_000

export interface Parts {
  play: Locator
  pause: Locator
  goOn: Locator
  oneStep: Locator
  reset: Locator
  step: Locator
  state: Locator
}

export function parts(page: Page): Parts {
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true })
  return {
    play: button('Play'),
    pause: button('Pause'),
    goOn: button('Go on'),
    oneStep: button('One step'),
    reset: button('Reset'),
    step: page.getByTestId('step'),
    state: page.locator('.state'),
  }
}

/** The default run with few held-out problems, for the journeys wait for steps and not for evaluations. */
export async function openQuick(page: Page, changes: object = {}): Promise<void> {
  const algorithm = { name: 'grpo', questions: 4, num_generations: 8, max_completion_length: 22 }
  const spec = { steps: 30, evaluation: { problems: 16 }, algorithm, ...changes }
  await page.goto(`./#spec=${Buffer.from(JSON.stringify(spec)).toString('base64url')}`)
}

/** A browser without WebGPU: gone for the page and for its workers, whose navigator a script of the page cannot reach. */
export async function withoutWebGpu(page: Page): Promise<void> {
  await page.addInitScript(() => { Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }) })
  await page.route(/\.(js|ts|mjs)(\?|$)/, async (route) => {
    const response = await route.fetch()
    const gone = "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { get: () => undefined })"
    await route.fulfill({ response, body: `if (typeof WorkerNavigator !== 'undefined') ${gone};\n${await response.text()}` })
  })
}
