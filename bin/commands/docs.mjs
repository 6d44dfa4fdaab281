// npm run docs: the links of the documentation follow the code, and the house is drawn anew.
import { writeDocs } from '../docs.mjs'

export function main() {
  writeDocs()
  return 0
}
