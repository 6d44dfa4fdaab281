/** The paper's claims, measured on the runs of the miniature. */
import { deviation, mean } from '../../rl/math/statistics'
import { estimate, last, write, type ArmResults, type Claim } from './results'
import type { Rollout, StepsOf } from './study'

const KS = [1, 2, 4]

export function claims(arms: ArmResults[], rollouts: (arm: string, set: string, seed: number) => Rollout[], steps: StepsOf): Claim[] {
  const find = (name: string, set = 'long') => arms.find((arm) => arm.name === name && arm.set === set && arm.runs.length > 0)
  const [one, wide, motif, every] = [find('one-round GRPO'), find('GRPO, long window'), find('MOTIF as published'), find('every round trained')]
  if (!motif) return []
  const trees = motif.runs.flatMap(({ seed }) => rollouts(motif.name, motif.set, seed))
  return [
    ...(one ? [questions(one, motif)] : []),
    futures(trees),
    notes(motif, (seed) => steps(motif.name, motif.set, seed)),
    ...(one && wide && every ? [window(one, wide, motif, every)] : []),
    ...levels(arms),
  ]
}

/** “With 15 % of the samples”: how many questions each has seen by when. */
function questions(one: ArmResults, motif: ArmResults): Claim {
  const at = (arm: ArmResults, i: number) => estimate(arm.runs.map(({ points }) => points[i]!.questions)).mean
  const last = one.accuracy.length - 1
  const all = at(one, last)
  const rows = motif.accuracy.map((accuracy, i) => [
    Math.round(at(motif, i)),
    `${((100 * at(motif, i)) / all).toFixed(0)} %`,
    write(accuracy),
    Math.round(at(one, i)),
    write(one.accuracy[i]!),
  ])
  // the last mark at or below 15 %, or the first trained one where all lie above
  const i = Math.max(1, motif.accuracy.findLastIndex((_, i) => at(motif, i) <= 0.15 * all))
  const says =
    `After ${Math.round(at(motif, i))} questions, ${((100 * at(motif, i)) / all).toFixed(0)} % of the ${Math.round(all)} that one-round GRPO sees, ` +
    `MOTIF answers ${write(motif.accuracy[i]!)}; one-round GRPO after all of its own ${write(one.accuracy[last]!)}. ` +
    'A question costs MOTIF 72 completions and GRPO 8, so fewer questions are not less computation.'
  return { title: 'Accuracy against questions used', says, columns: ['MOTIF questions', 'of GRPO’s', 'accuracy', 'GRPO questions', 'accuracy'], rows }
}

/** What more futures buy: the first k of the 4 that were played, on the same responses. */
function futures(trees: Rollout[]): Claim {
  const groups = trees.map(({ completions }) => completions.map(({ trajectories = [] }) => trajectories.map(({ success }) => success)))
  const rows = KS.map((k) => {
    const means = groups.map((group) => group.map((ways) => mean(ways.slice(0, k))))
    const noise = mean(groups.flatMap((group) => group.map((ways) => deviation(ways) ** 2 / k)))
    return {
      k,
      possible: new Set(means.flat()).size,
      levels: mean(means.map((group) => new Set(group).size)),
      silent: mean(means.map((group) => Number(new Set(group).size === 1))),
      noise,
      spread: mean(means.map((group) => deviation(group) ** 2)),
    }
  })
  const f = (x: number) => x.toFixed(3).replace(/^0/, '')
  const [first, last] = [rows[0]!, rows.at(-1)!]
  return {
    title: 'Futures of a response (k)',
    says:
      `With k = ${last.k} a group of eight shows ${last.levels.toFixed(1)} distinct rewards on average (of ${last.possible} possible), with k = 1 it is ` +
      `${first.levels.toFixed(1)}; silent groups go from ${(100 * first.silent).toFixed(0)} % to ${(100 * last.silent).toFixed(0)} %, and the variance that ` +
      `chance gives a response’s accuracy from ${f(first.noise)} to ${f(last.noise)}. Accuracy alone, without the format’s share.`,
    columns: ['k', 'possible levels', 'distinct in a group', 'silent groups', 'variance by chance', 'variance in a group'],
    rows: rows.map(({ k, possible, levels, silent, noise, spread }) => [k, possible, levels.toFixed(2), f(silent), f(noise), f(spread)]),
  }
}

/** What first rounds learn to hand over. */
function notes(motif: ArmResults, steps: (seed: number) => Record<string, number>[]): Claim {
  const all = motif.runs.map(({ seed }) => steps(seed))
  const parts = 8
  const rows = Array.from({ length: parts }, (_, i) => {
    const of = (name: string) =>
      all.map((lines) => {
        const part = lines.slice(Math.floor((i * lines.length) / parts), Math.floor(((i + 1) * lines.length) / parts))
        const values = part.map((line) => line[name]).filter((x) => x !== undefined)
        return values.length === 0 ? undefined : mean(values)
      })
    const middle = mean(all.map((lines) => ((i + 0.5) * lines.length) / parts))
    return [Math.round(middle), write(estimate(of('rewards/first_round_format/mean'))), write(estimate(of('motif/notes_right')))]
  })
  const says = `First rounds leave a note ${rows[0]![1]} of the time at the start and ${rows.at(-1)![1]} at the end; of the notes that are left, ${rows[0]![2]} and ${rows.at(-1)![2]} are right.`
  return { title: 'Progress notes over the steps', says, columns: ['around step', 'leaves a note', 'of these right'], rows }
}

/** Problems that do not fit one window. */
function window(one: ArmResults, wide: ArmResults, motif: ArmResults, every: ArmResults): Claim {
  const [start, end] = [(arm: ArmResults) => write(arm.accuracy[0]!), (arm: ArmResults) => write(arm.accuracy.at(-1)!)]
  const rows = [one, motif, every, wide].map((arm) => [arm.name, start(arm), end(arm)])
  const says =
    `One window of 22 tokens is too short for these problems: GRPO ends at ${end(one)}. Over three rounds of the same window the untrained base already has ` +
    `${start(motif)}, MOTIF ends at ${end(motif)}, and training every round at ${end(every)}. A window three times as long ends at ${end(wide)}: ` +
    'MOTIF buys what the window lacks; where the window can be longer, a longer window is better.'
  return { title: 'A problem set that does not fit one window', says, columns: ['arm', 'start', 'end'], rows }
}

function levels(arms: ArmResults[]): Claim[] {
  const mixed = arms.filter(({ set, runs }) => set === 'mixed' && runs.length > 0)
  if (mixed.length === 0) return []
  const names = [...new Set(mixed.flatMap(({ runs }) => runs.flatMap(({ points }) => Object.keys(points.at(-1)?.levels ?? {}))))].sort()
  const rows = mixed.map((arm) => [arm.name, ...names.map((name) => write(last(arm, ({ levels }) => levels?.[name])))])
  const says = 'What each length gains at the end of training: one round suffices for short sums, rounds carry the long ones.'
  return [{ title: 'Mixed lengths, by level', says, columns: ['arm', ...names], rows }]
}
