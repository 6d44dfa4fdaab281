// Lends this process the software adapter of an installed Chromium, where Linux has no Vulkan driver of its own.
import { constants } from 'node:os'
import { join } from 'node:path'
import { dawnEnvironment } from './chromium.mjs'

/** glibc's RTLD_NODELETE: stay in memory though Node finds no addon in it and lets go. */
const STAY = 0x1000

/**
 * To be called before Dawn is loaded. The loader reads LD_LIBRARY_PATH when a process starts, so that it comes too late here: the
 * library is loaded by its path instead, and whoever asks for libvulkan.so.1 by name gets the one that is there.
 */
export function lendVulkan() {
  if (process.platform !== 'linux' || process.env.ETUDE_DAWN) return
  const { LD_LIBRARY_PATH: folders, ...rest } = dawnEnvironment()
  if (folders === undefined) return
  Object.assign(process.env, rest)
  try {
    process.dlopen({ exports: {} }, join(folders.split(':').at(-1), 'libvulkan.so.1'), constants.dlopen.RTLD_NOW | STAY)
  } catch {
    // it is no addon, which Node says of every other library
  }
}
