import { describe, expect, it } from 'vitest'
import { adviceFor } from './webgpu'

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
const cases: [agent: string, here: string, first: RegExp][] = [
  [CHROME, 'Chrome on Linux', /chrome:\/\/flags, turn on #enable-unsafe-webgpu/],
  [CHROME.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64').replace('142', '110'), 'Chrome on Windows', /Update Chrome: .* 113/],
  [`${CHROME.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64')} Edg/142.0.0.0`, 'Edge on Windows', /edge:\/\/settings\/system/],
  [CHROME.replace('X11; Linux x86_64', 'Linux; Android 11; K'), 'Chrome on Android', /Android 12/],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0', 'Firefox on Linux', /about:config, set dom\.webgpu\.enabled/],
  ['Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox on Windows', /Update Firefox: .* 141/],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15', 'Safari on macOS', /Update macOS: .* 26/],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1', 'Safari on iOS', /Update iOS/],
]

describe('how WebGPU is turned on', () => {
  it.each(cases)('%s', (agent, here, first) => {
    const advice = adviceFor(agent)
    expect(advice.here).toBe(here)
    expect(advice.steps[0]).toMatch(first)
  })

  it('says first that the address is not secure', () => expect(adviceFor(CHROME, false).steps[0]).toMatch(/https, or from localhost/))
})
