/** TeX as people read it, by KaTeX; a chunk of its own with its fonts, loaded when the first formula is shown (see Mathematics). */
import 'katex/dist/katex.min.css'
import katex from 'katex'

export function Formula({ tex }: { tex: string }) {
  // Only our own TeX comes here, and KaTeX escapes what it holds.
  return <span className="formula" dangerouslySetInnerHTML={{ __html: katex.renderToString(tex, { throwOnError: false }) }} />
}
