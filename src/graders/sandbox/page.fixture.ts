/** What a test drives in a page. */
import { browserSandbox } from './browser'

export const page = { browserSandbox }
Object.assign(globalThis, { sandboxes: page })
