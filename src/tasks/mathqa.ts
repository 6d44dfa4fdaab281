/**
 * MathQA: word problems with five options (arXiv 1905.13319), in ReFT's files (github.com/lqtrung1998/mwp_ReFT): the options stand inside the
 * question and the answer is a letter; or, as MathQA-numeric, without options and with the number, right to within 0.01. The same
 * questions side by side show whether a letter is chosen for a reason.
 */
import { z } from 'zod'
import { datasetTask, reftRow } from './dataset'
import type { Row } from './dataset-rows'
import { ruleSetting, rules, type Rule } from './dataset-rules'
import type { TaskKind } from './task'

const HUB = 'https://raw.githubusercontent.com/lqtrung1998/mwp_ReFT/main/data'
const NEAR = 0.01

const settings = (form: 'mathqa' | 'mathqa-numeric', usual: Rule) =>
  z.object({
    train: z.string().min(1).optional().describe('address or path of problems to train on; none when left out'),
    test: z.string().min(1).default(`${HUB}/${form}_test_set.json`).describe('address or path of the test problems'),
    rule: ruleSetting(usual),
  })

function read(row: Row) {
  const example = reftRow(row)
  if (!example) throw new Error('it has no “answer_value”')
  return example
}

function kind(name: 'mathqa' | 'mathqa_numeric', form: 'mathqa' | 'mathqa-numeric', title: string, usual: Rule): TaskKind<ReturnType<typeof settings>> {
  return {
    name,
    title,
    settings: settings(form, usual),
    graders: rules[usual].graders(NEAR),
    gradersFor: ({ rule }) => rules[rule].graders(NEAR),
    files: ({ train, test }) => [test, ...(train === undefined ? [] : [train])],
    create: ({ train, test, rule }, [testBytes, trainBytes] = []) =>
      datasetTask({
        name,
        train: train === undefined ? undefined : { address: train, bytes: trainBytes },
        test: { address: test, bytes: testBytes },
        rule,
        read,
      }),
  }
}

export const mathqa = kind('mathqa', 'mathqa', 'MathQA: word problems with five options', 'letter')
export const mathqaNumeric = kind('mathqa_numeric', 'mathqa-numeric', 'MathQA-numeric: the same without options', 'numeric')
