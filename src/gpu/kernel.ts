/**
 * A kernel is one WGSL file with several entry points, valid when opened alone. Variants come from three places: `override`
 * constants where they only select, constants rewritten in the text ("linked") where they size an array, and loaders, small
 * files that take the place of the lines between `// loader` and `// end of loader` and read an operand in another format.
 */
export interface Kernel {
  readonly name: string
  readonly code: string
  /** Entry points that run one light thread a number: their workgroups are always of 64, or a software adapter drowns in them. */
  readonly light?: readonly string[]
}

/** Numbers that replace `const NAME = …u;` lines of the file. */
export type Linked = Readonly<Record<string, number>>

/** Rewrites the constants named in `linked`; a name that the file lacks is an error. */
export function link(kernel: Kernel, linked: Linked): string {
  let code = kernel.code
  for (const [name, value] of Object.entries(linked)) {
    const line = new RegExp(`^const ${name} = \\d+u;`, 'm')
    if (!line.test(code)) throw new Error(`${kernel.name}.wgsl has no line "const ${name} = …u;" to link`)
    code = code.replace(line, `const ${name} = ${value}u;`)
  }
  return code
}

/** The kernel with another loader; it must declare the functions of the one that it replaces. */
export function withLoader(kernel: Kernel, loader: Kernel): Kernel {
  const lines = /^\/\/ loader\b[^]*?^\/\/ end of loader$/m
  if (!lines.test(kernel.code)) throw new Error(`${kernel.name}.wgsl has no lines from "// loader" to "// end of loader" to replace`)
  return { ...kernel, name: `${kernel.name} of ${loader.name}`, code: kernel.code.replace(lines, () => loader.code) }
}

/** The uniform block of one launch: 32-bit words, u32 or f32 as the kernel declares them. */
export function words(...values: (number | { f32: number })[]): Uint32Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(Math.ceil(values.length / 4) * 16))
  values.forEach((value, i) => {
    if (typeof value === 'number') view.setUint32(4 * i, value, true)
    else view.setFloat32(4 * i, value.f32, true)
  })
  return new Uint32Array(view.buffer)
}
