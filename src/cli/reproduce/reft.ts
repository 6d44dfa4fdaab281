/**
 * ReFT in miniature (arXiv 2401.08967): sums whose demonstrations skip steps that the small model cannot skip. After one warm-up, PPO
 * against fine-tuning and self-training, in words and in programs; then votes and reranking on a weak and on a strong policy. Every run
 * goes on from the warm-up of its own seed. Settings were calibrated with other seeds than these.
 */
import { claims } from './reft-claims'
import type { Arm } from './results'
import { specs, type Study } from './study'

/** Chance that a step of a demonstration skips terms. */
const SKIP = 0.75

/** Questions of the fixed set, demonstrations in a step of imitation, steps of the warm-up, of imitation after it, answers, steps of a reward model. */
const FULL = { demonstrations: 500, rows: 50, warmUp: 60, more: 200, answers: 16, judged: 80 }
const QUICK = { demonstrations: 60, rows: 20, warmUp: 20, more: 20, answers: 4, judged: 10 }

const ADAM = { learning_rate: 1e-3, adam_beta2: 0.98 }
const WINDOW = { max_completion_length: 24 }
const FALLING = { ...ADAM, lr_scheduler_type: 'linear' }

const imitation = { name: 'sft', ...FALLING }

const offline = { name: 'self_training', mode: 'offline', keep: 10, ...WINDOW, ...FALLING }

const online = { name: 'self_training', mode: 'online', questions: 120, num_generations: 1, keep: 1, ...WINDOW, ...ADAM }

const ppo = {
  name: 'ppo',
  questions: 120,
  num_ppo_epochs: 2,
  kl_coef: 0.01,
  vf_coef: 0.5,
  convention: 'reft',
  value_learning_rate: 1e-2,
  ...WINDOW,
  ...ADAM,
}

const judge = { name: 'reward_model', num_generations: 8, questions: 64, eval_every: 50, ...WINDOW, ...ADAM }

export const reftStudy: Study = {
  method: 'reft',
  model: 'chains',
  tokens: { full: 80_000, quick: 4_000 },
  parts: 4,
  arms(plan) {
    const { seeds, quick } = plan
    const runs = specs(reftStudy, plan)
    const task = (mode: string) => ({ name: 'chains', mode, skip: SKIP })
    const graders = [{ name: 'chains', partial: 0.1 }]
    const { demonstrations, rows, warmUp, more, answers, judged } = quick ? QUICK : FULL
    const greedy = { name: 'greedy', temperature: 0, num_generations: 1 }
    const evaluation = { ...WINDOW, problems: quick ? 20 : 120, num_generations: 4, variants: [greedy] }
    const arm = (mode: string, algorithm: object, updates?: number) => ({
      seeds,
      spec: runs({ task: task(mode), graders, algorithm, evaluation, updates }),
      ...(updates !== undefined && { updates }),
    })
    const imitate = { ...imitation, questions: rows, demonstrations }
    const methods = (mode: string, set: string): [Arm, ...Arm[]] => {
      const start: Arm = { name: 'warm-up', title: `${warmUp} updates on the demonstrations, from the bare model`, set, ...arm(mode, imitate, warmUp) }
      const own = { ...offline, questions: rows, demonstrations, num_generations: answers }
      const title = 'Right answers earn 1, wrong ones .1; the KL is to the warm-up'
      const best: Arm = { name: 'PPO', title, set, start, ...arm(mode, { ...ppo, train_questions: demonstrations }) }
      if (quick && mode === 'P') return [start, best]
      return [
        start,
        { name: 'SFT', title: `${more} updates more on the demonstrations`, set, start, ...arm(mode, imitate, more) },
        { name: 'offline self-training', title: `Right ones of ${answers} answers to each question join the demonstrations`, set, start, ...arm(mode, own, more) },
        { name: 'online self-training', title: 'Each step half right answers of the policy as it is, half demonstrations', set, start, ...arm(mode, { ...online, demonstrations }) },
        best,
      ] // prettier-ignore
    }
    const words = methods('N', 'words')
    const reranking = (start: Arm): Arm => ({
      name: `a judge of ${start.name}`,
      title: `A reward model learns from answers of ${start.name}, and then chooses among them`,
      set: 'votes',
      seeds,
      start,
      updates: judged,
      spec: runs({
        task: task('N'),
        graders,
        algorithm: { ...judge, train_questions: demonstrations, eval_questions: quick ? 20 : 100 },
        evaluation: { ...WINDOW, num_generations: answers, problems: quick ? 20 : 200, policy: 'start', rerank: true, at_start: false, every: 0 },
        updates: judged,
      }),
    })
    return [...words, ...methods('P', 'programs'), ...[words[0], words.at(-1)!].map(reranking)]
  },
  sets: {
    words: 'Held-out sums of 4–5 terms in words (N-CoT), sampled at T 1',
    programs: 'The same as programs (P-CoT)',
  },
  claims,
}
