// Finds a Chromium with WebGPU, or installs one: ETUDE_CHROMIUM, Playwright's own, the system's, Debian's package.
// The same folder also brings the Vulkan loader and the software adapter that Dawn needs in Node on a machine without a GPU driver.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** WebGPU on the software adapter, without a screen and without calls home. */
export const CHROMIUM_ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']

/** The path of a Chromium that is here already, or undefined. Throws when ETUDE_CHROMIUM names a file that is not there. */
export function findChromium() {
  const own = process.env.ETUDE_CHROMIUM
  if (own) {
    if (existsSync(own)) return own
    throw new Error(`ETUDE_CHROMIUM names ${own}, which does not exist; set it to the path of a Chromium, or unset it.`)
  }
  return playwrights() ?? fromPath() ?? wellKnown().find((path) => existsSync(path))
}

/** As findChromium, but installs one when there is none: Playwright's, then Debian's package. */
export function ensureChromium(log = console.error) {
  const found = findChromium()
  if (found) return found
  log('No Chromium here: trying Playwright\'s download …')
  if (reachable('https://cdn.playwright.dev/')) {
    const options = { stdio: 'ignore', timeout: 300_000, shell: process.platform === 'win32' }
    spawnSync('npx', ['playwright', 'install', 'chromium'], options)
    const own = playwrights()
    if (own && starts(own)) return own
  }
  if (aptWorks()) {
    log('Playwright\'s Chromium cannot be had here: installing Debian\'s package chromium …')
    const apt = (...args) => {
      const [command, ...rest] = process.getuid?.() === 0 ? ['apt-get', ...args] : ['sudo', '-n', 'apt-get', ...args]
      return spawnSync(command, rest, { stdio: 'ignore', timeout: 900_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    }
    apt('update', '-qq')
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium')
    const system = fromPath()
    if (system) return system
  }
  throw new Error('no Chromium is found and none can be installed; install Chromium or Chrome, or set ETUDE_CHROMIUM to its path.')
}

/** The folder of libvulkan.so.1 and vk_swiftshader_icd.json beside a Chromium, or undefined (they are needed on Linux alone). */
export function vulkanFolder(chromium = findChromium()) {
  if (process.platform !== 'linux') return undefined
  const places = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
  if (chromium) places.unshift(dirname(realpathSync(chromium)))
  return places.find((place) => existsSync(join(place, 'libvulkan.so.1')) && existsSync(join(place, 'vk_swiftshader_icd.json')))
}

/**
 * What Dawn needs in its environment before the process starts; {} when nothing is to be added.
 * With `software` the software adapter alone is seen; without, only what the system lacks is added.
 */
export function dawnEnvironment({ software = false, chromium = findChromium() } = {}) {
  const folder = vulkanFolder(chromium)
  if (!folder || (!software && hasVulkanDriver())) return {}
  const libraries = (process.env.LD_LIBRARY_PATH ?? '').split(delimiter).filter(Boolean)
  if (!libraries.includes(folder)) libraries.push(folder)
  const icd = join(folder, 'vk_swiftshader_icd.json')
  // The loader complains on stderr when the last one is not set.
  const runtime = process.env.XDG_RUNTIME_DIR ?? tmpdir()
  return { LD_LIBRARY_PATH: libraries.join(delimiter), VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd, XDG_RUNTIME_DIR: runtime }
}

/** As dawnEnvironment, after installing a Chromium for its software adapter where Linux has no Vulkan driver at all. */
export function provideDawn(log) {
  if (process.platform === 'linux' && !hasVulkanDriver() && !vulkanFolder()) {
    try {
      ensureChromium(log)
    } catch (error) {
      console.error(error.message) // a command that can do without says itself what it takes
    }
  }
  return dawnEnvironment()
}

function hasVulkanDriver() {
  if (process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES) return true
  const folders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'].filter((folder) => existsSync(folder))
  return folders.some((folder) => readdirSync(folder).some((file) => file.endsWith('.json'))) && existsSync('/dev/dri')
}

function playwrights() {
  try {
    const path = createRequire(import.meta.url)('playwright').chromium.executablePath()
    return existsSync(path) ? path : undefined
  } catch {
    return undefined // Playwright is not installed yet, or knows no build for this system
  }
}

function fromPath() {
  for (const command of COMMANDS) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      if (folder && existsSync(join(folder, command))) return join(folder, command)
    }
  }
  return undefined
}

function wellKnown() {
  if (process.platform === 'darwin') {
    const names = ['Google Chrome', 'Chromium', 'Microsoft Edge']
    return names.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
  }
  if (process.platform === 'win32') {
    const roots = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].filter(Boolean)
    const programs = ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe']
    return roots.flatMap((root) => programs.map((program) => join(root, program)))
  }
  return ['/snap/bin/chromium', '/opt/google/chrome/chrome']
}

// A download that cannot work must not cost minutes: one short request first.
function reachable(url) {
  const probe = `fetch('${url}', { method: 'HEAD', signal: AbortSignal.timeout(8000) }).then(() => process.exit(0), () => process.exit(1))`
  return spawnSync(process.execPath, ['-e', probe], { stdio: 'ignore', timeout: 12_000 }).status === 0
}

// Playwright's build needs system libraries that a bare machine lacks.
function starts(chromium) {
  return spawnSync(chromium, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0
}

function aptWorks() {
  if (process.platform !== 'linux' || spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) return false
  return process.getuid?.() === 0 || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore', timeout: 5_000 }).status === 0
}
