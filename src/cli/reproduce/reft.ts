/**
 * ReFT in miniature (arXiv 2401.08967): sums whose demonstrations skip steps that the small model cannot skip. After one warm-up, PPO
 * against fine-tuning and self-training, in words and in programs; then votes and reranking on a weak and on a strong policy. Every run
 * goes on from the warm-up of its own seed. Settings were calibrated with other seeds than these.
 */
import { claims } from './reft-claims'
import type { Arm } from './results'
import { specs, type Study } from './study'

/** Questions of the fixed set, each with one demonstration, whose steps skip with this chance. */
const DEMONSTRATIONS = 500
const SKIP = 0.75

/** Rows of a step of imitation, and its steps: 6 epochs of warm-up, then 30 more. */
const ROWS = 50
const WARM_UP = 60
const MORE = 300

const ADAM = { learning_rate: 1e-3, adam_beta2: 0.98 }
const WINDOW = { max_completion_length: 24 }
const FALLING = { ...ADAM, lr_scheduler_type: 'linear' }

const imitation = { name: 'sft', questions: ROWS, demonstrations: DEMONSTRATIONS, ...FALLING }

const offline = { name: 'self_training', mode: 'offline', questions: ROWS, demonstrations: DEMONSTRATIONS, keep: 10, ...WINDOW, ...FALLING }

const online = {
  name: 'self_training', mode: 'online', questions: 120, demonstrations: DEMONSTRATIONS, num_generations: 1, keep: 1, ...WINDOW, ...ADAM,
} // prettier-ignore

const ppo = {
  name: 'ppo',
  questions: 120,
  train_questions: DEMONSTRATIONS,
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
  tokens: { full: 120_000, quick: 24_000 },
  parts: 4,
  arms(plan) {
    const { seeds, quick } = plan
    const runs = specs(reftStudy, plan)
    const task = (mode: string) => ({ name: 'chains', mode, skip: SKIP })
    const graders = [{ name: 'chains', partial: 0.1 }]
    const problems = quick ? 60 : 150
    const greedy = { name: 'greedy', temperature: 0, num_generations: 1 }
    const evaluation = { ...WINDOW, problems, num_generations: quick ? 4 : 8, ...(!quick && { variants: [greedy] }) }
    const arm = (mode: string, algorithm: object, updates?: number) => ({
      seeds,
      spec: runs({ task: task(mode), graders, algorithm, evaluation, updates }),
      ...(updates !== undefined && { updates }),
    })
    const more = quick ? MORE / 5 : MORE
    const answers = { num_generations: quick ? 4 : 16 }
    const methods = (mode: string, set: string): [Arm, ...Arm[]] => {
      const start: Arm = { name: 'warm-up', title: 'Six epochs of the demonstrations, from the bare model', set, ...arm(mode, imitation, WARM_UP) }
      return [
        start,
        { name: 'SFT', title: 'The demonstrations for 30 epochs more', set, start, ...arm(mode, imitation, more) },
        { name: 'offline self-training', title: `Right ones of ${answers.num_generations} answers to each question join the demonstrations`, set, start, ...arm(mode, { ...offline, ...answers }, more) },
        { name: 'online self-training', title: 'Each step half right answers of the policy as it is, half demonstrations', set, start, ...arm(mode, online) },
        { name: 'PPO', title: 'Right answers earn 1, wrong ones .1; the KL is to the warm-up', set, start, ...arm(mode, ppo) },
      ] // prettier-ignore
    }
    const words = methods('N', 'words')
    const steps = quick ? 40 : 200
    const reranking = (start: Arm): Arm => ({
      name: start.name,
      title: `A reward model that learns from answers of ${start.name}, and then chooses among them`,
      set: 'votes',
      seeds,
      start,
      updates: steps,
      spec: runs({
        task: task('N'),
        graders,
        algorithm: { ...judge, train_questions: quick ? 100 : DEMONSTRATIONS, eval_questions: quick ? 50 : 100 },
        evaluation: { ...WINDOW, ...answers, problems: quick ? 60 : 200, policy: 'start', rerank: true, at_start: false, every: 0 },
        updates: steps,
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
