/** Pyodide's WebAssembly as a module; the package has no types for it. */
declare module 'pyodide/pyodide.asm.mjs' {
  const create: (settings: object) => Promise<object>
  export default create
}

/** The code of a file of this folder as one classic script; see bundle.ts. */
declare module '*?sandbox' {
  export const code: string
}
