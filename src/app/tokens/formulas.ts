/**
 * The objectives in TeX: for each its term ℓ in letters and with a token's numbers put in, what a token weighs, and one sentence of what
 * it does. Data only; the numbers come from rl/math. Sources stand in rl/math/losses and rl/math/ppo.
 */
import type { LossType } from '../../rl/math/losses'
import { later } from '../words/say'

/** A token's numbers, already as TeX; those that may stand after a sign or a dot are in brackets where they are negative. */
export interface Put {
  w: string
  A: string
  lp: string
  phi: string
  low: string
  high: string
  highest: string
  delta: string | undefined
  tau: string
}

export interface TermText {
  letters: string
  numbers(put: Put): string
  says: string
}

export interface WeightText {
  letters: string
  says: string
}

const CLIPPED: TermText = {
  letters: String.raw`-\min\bigl(wA,\ \mathrm{clip}(w,\,1{-}\varepsilon,\,1{+}\varepsilon_{\mathrm{high}})\,A\bigr)`,
  numbers: ({ w, A, low, high, delta }) => {
    const first = delta === undefined ? w : String.raw`\min(${w},\,${delta})`
    return String.raw`-\min\bigl(${first}\cdot ${A},\ \mathrm{clip}(${w},\,${low},\,${high})\cdot ${A}\bigr)`
  },
  says: later`The ratio times the advantage, and no more gain than the bounds allow: beyond them the token has no slope.`,
}

const CISPO: TermText = {
  letters: String.raw`-\min(\overline{w},\,\varepsilon_{\mathrm{high}})\,A\,\log\pi`,
  numbers: ({ w, A, lp, highest }) => String.raw`-\min(${w},\,${highest})\cdot ${A}\cdot ${lp}`,
  says: later`The ratio is a constant weight, cut at its bound; the log-probability itself is moved, so no token loses its slope.`,
}

const SAPO: TermText = {
  letters: String.raw`-\tfrac{4}{\tau}\,\sigma\bigl(\tau(w-1)\bigr)\,A`,
  numbers: ({ w, A, tau }) => String.raw`-\tfrac{4}{${tau}}\,\sigma\bigl(${tau}\,(${w}-1)\bigr)\cdot ${A}`,
  says: later`A smooth gate in place of the clip: the farther the ratio is from 1, the weaker the slope.`,
}

const VESPO: TermText = {
  letters: String.raw`-\overline{\varphi(W)}\,A\,\log\pi`,
  numbers: ({ phi, A, lp }) => String.raw`-${phi}\cdot ${A}\cdot ${lp}`,
  says: later`One constant weight for the whole completion, by how far all of it has moved; the log-probability itself is moved.`,
}

const REINFORCE: TermText = {
  letters: String.raw`-A\,\log\pi`,
  numbers: ({ A, lp }) => String.raw`-${A}\cdot ${lp}`,
  says: later`The advantage alone: no ratio, no bound.`,
}

export const TERMS: Record<LossType | 'rloo' | 'ppo', TermText> = {
  grpo: CLIPPED, bnpo: CLIPPED, dapo: CLIPPED, dr_grpo: CLIPPED, luspo: CLIPPED, rloo: CLIPPED, ppo: CLIPPED,
  cispo: CISPO, sapo: SAPO, vespo: VESPO, reinforce: REINFORCE,
}

const ROW_MEAN: WeightText = {
  letters: String.raw`\frac{1}{B\,|o_i|}`, says: later`every completion weighs the same, shared among its own tokens`,
}
const STEP_MEAN: WeightText = { letters: String.raw`\frac{1}{\sum_j |o_j|}`, says: later`every token of the step weighs the same` }

export const WEIGHTS: Record<LossType | 'rloo' | 'trl' | 'reft', WeightText> = {
  grpo: ROW_MEAN, sapo: ROW_MEAN, rloo: ROW_MEAN, reft: ROW_MEAN,
  dapo: STEP_MEAN, cispo: STEP_MEAN, vespo: STEP_MEAN, reinforce: STEP_MEAN, trl: STEP_MEAN,
  bnpo: { letters: String.raw`\frac{1}{\sum_{j} |o_j|}`, says: later`every token of its piece of the step weighs the same` },
  dr_grpo: { letters: String.raw`\frac{1}{B\,L_{\max}}`, says: later`every token weighs the same constant, whatever was written` },
  luspo: { letters: String.raw`\frac{1}{B}`, says: later`every token weighs the same: long completions count for more` },
}

/** The ratio, of a token or of its completion. */
export const RATIOS = {
  token: { letters: String.raw`w = \frac{\pi}{\pi_{\mathrm{old}}} = e^{\log\pi - \log\pi_{\mathrm{old}}}` },
  /** One for the whole completion: the geometric mean of its tokens’. */
  sequence: { letters: String.raw`w = \Bigl(\prod_t \frac{\pi_t}{\pi_{\mathrm{old},t}}\Bigr)^{1/|o_i|}` },
  /** The product of its tokens’. */
  product: { letters: String.raw`w = \prod_t \frac{\pi_t}{\pi_{\mathrm{old},t}}` },
}

export const LEASH = {
  letters: String.raw`+\,\beta\,k_3`,
  corrected: String.raw`+\,\beta\,w\,k_3`,
  k3: String.raw`k_3 = e^{\log\pi_{\mathrm{ref}}-\log\pi} - (\log\pi_{\mathrm{ref}}-\log\pi) - 1`,
}
