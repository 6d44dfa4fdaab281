/**
 * The built page's Content-Security-Policy, as a meta element, so that any static host will do: scripts of its own only, and the one of
 * the graders' frame by its hash (the frame inherits this policy, and has a stricter one besides). Styles may stand inline, for charts
 * and components set them; requests go to this server, to https and to servers of this machine, and the page's gate asks first.
 */
import { createHash } from 'node:crypto'
import type { Plugin } from 'vite'
import { bundleWorker } from '../../src/graders/sandbox/bundle'

/** `scripts`: sources of script-src besides the page's own. */
export function policyText(scripts: readonly string[]): string {
  return [
    "default-src 'self'",
    ["script-src 'self' 'wasm-unsafe-eval'", ...scripts].join(' '),
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

export function hashOf(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`
}

export function securityPolicy(): Plugin {
  return {
    name: 'security-policy',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      async handler() {
        const content = policyText([hashOf(await bundleWorker('frame'))])
        return [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content }, injectTo: 'head-prepend' }]
      },
    },
  }
}
