/** How WebGPU is turned on in the browser that shows the page, by its user agent: steps in sentences, the likeliest first. */
import { say } from './words/say'

export interface Advice {
  /** The browser and system in words. */
  here: string
  steps: string[]
}

/** @param secure whether the page is a secure context: WebGPU is missing from any other */
export function adviceFor(userAgent: string, secure = true): Advice {
  const system = /iPhone|iPad/.test(userAgent) ? 'iOS'
    : userAgent.includes('Android') ? 'Android'
    : userAgent.includes('Windows') ? 'Windows'
    : /Mac OS X|Macintosh/.test(userAgent) ? 'macOS'
    : userAgent.includes('CrOS') ? 'ChromeOS' : 'Linux'
  const version = (name: string): number => Number(new RegExp(`${name}/(\\d+)`).exec(userAgent)?.[1] ?? 0)
  const browser = userAgent.includes('Firefox/') ? 'Firefox' : userAgent.includes('Edg/') ? 'Edge' : userAgent.includes('OPR/') ? 'Opera'
    : /Chrome\/|CriOS\//.test(userAgent) ? 'Chrome' : userAgent.includes('Safari/') ? 'Safari' : say`this browser`
  const steps = insecure(secure)
  if (browser === 'Firefox') steps.push(...firefox(system, version('Firefox')))
  else if (browser === 'Safari' || system === 'iOS') steps.push(...safari(system, version('Version')))
  else steps.push(...chromium(browser, system, version('Chrome')))
  return { here: say`${browser} on ${system}`, steps }
}

function insecure(secure: boolean): string[] {
  return secure ? [] : [say`This address is not secure, and browsers give WebGPU to secure pages only: open the page by https, or from
    localhost.`]
}

function firefox(system: string, version: number): string[] {
  const shipped = system === 'Windows' ? 141 : system === 'macOS' ? 145 : Infinity
  if (version >= shipped) return [say`Open about:config and see that dom.webgpu.enabled is true; then restart Firefox.`, say`Bring the
    graphics driver up to date: Firefox leaves out cards that it does not trust.`]
  return [
    shipped < Infinity ? say`Update Firefox: on ${system} it has WebGPU from version ${shipped} on.` : say`Open about:config, set
      dom.webgpu.enabled to true, and restart Firefox; it may ask for the Nightly edition.`,
    say`Or open the page in Chrome or Edge.`,
  ]
}

function safari(system: string, version: number): string[] {
  if (version >= 26) return [say`Safari has WebGPU in this version; see in Settings → Advanced → Feature Flags that WebGPU is on.`]
  return [
    say`Update ${system}: Safari has WebGPU from version 26 on.`,
    system === 'macOS' ? say`Or, in Safari 18, turn on Develop → Feature Flags → WebGPU; or open the page in Chrome.`
      : say`On an older system no browser can: open the page on another device.`,
  ]
}

function chromium(browser: string, system: string, version: number): string[] {
  const pages = browser === 'Edge' ? 'edge' : 'chrome'
  const steps = version > 0 && version < 113 ? [say`Update ${browser}: it has WebGPU from version 113 on.`] : []
  if (system === 'Linux')
    steps.push(say`Open ${pages}://flags, turn on #enable-unsafe-webgpu and #enable-vulkan, and restart ${browser}: on Linux WebGPU may be
      off.`)
  if (system === 'Android') steps.push(say`${browser} needs Android 12 and a Qualcomm, ARM or Imagination GPU.`)
  steps.push(
    say`See that “Use graphics acceleration when available” is on in ${pages}://settings/system, and what ${pages}://gpu says of WebGPU.`,
    say`A remote desktop or a virtual machine often has no GPU; there the page runs by the processor if the browser is started with
      --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader.`,
  )
  return steps
}
