/**
 * Chats from a file, as OpenAI's reinforcement fine-tuning has them: rows with `messages` that end with the user's, and any other
 * fields, which graders read as `item`. `tools` of a row are told in the system's turn, with the form of a call. Training rows come in a
 * seeded order, epoch after epoch; a training row whose chat is also one of the test file is left out. Of one file a share of the chats
 * is held out by the hash of their text.
 */
import { z } from 'zod'
import { oneLine } from '../graders/json'
import { readRows, type Row } from './dataset-rows'
import { checkNumber } from './problem'
import { hashText, shuffled } from './random'
import type { Example, Message, Split, Task, TaskKind } from './task'

export interface MessagesExample extends Example {
  messages: Message[]
}

const settings = z.object({
  train: z.string().min(1).default('examples/rft/train.jsonl').describe('address or path of the training rows: JSON lines or JSON'),
  test: z.string().min(1).optional().describe('address or path of the held-out rows; a share of train when left out'),
  test_share: z.number().min(0).lt(1).default(0.1).describe('share of the chats that is held out, where there are no held-out rows'),
  answer: z.string().min(1).default('answer').describe('field of a row that holds a right completion, where there is one'),
})

const part = z.looseObject({ type: z.literal('text'), text: z.string() })
const chat = z
  .array(
    z.looseObject({
      role: z.enum(['system', 'developer', 'user', 'assistant']),
      content: z.union([z.string(), z.array(part)], { error: 'its content must be text' }),
    }),
  )
  .min(1)

/** The examples of a file. Throws one sentence that names the row. */
function readMessages(bytes: Uint8Array, address: string, answer = 'answer'): MessagesExample[] {
  return readRows(bytes, address).map((row, i) => {
    try {
      return read(row, answer)
    } catch (error) {
      throw new Error(`row ${i + 1} of ${address} is no chat to train on: ${oneLine((error as Error).message, 400)}`, { cause: error })
    }
  })
}

function read({ messages, ...item }: Row, answer: string): MessagesExample {
  const parsed = chat.safeParse(messages)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const at = issue!.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
    throw new Error(messages === undefined ? 'it has no “messages”' : `messages${at} is not right (${issue!.message})`)
  }
  const turns = parsed.data.map(
    ({ role, content }): Message => ({
      role: role === 'developer' ? 'system' : role,
      content: typeof content === 'string' ? content : content.map(({ text }) => text).join('\n'),
    }),
  )
  if (turns.at(-1)!.role !== 'user') throw new Error(`its last message is the ${turns.at(-1)!.role}’s; it must be the user’s`)
  const right = item[answer]
  const text = right === undefined || right === null ? '' : typeof right === 'string' ? right : JSON.stringify(right)
  return { messages: Array.isArray(item.tools) ? tell(item.tools, turns) : turns, item, answer: text }
}

/** The chat with its tools in the system's turn, in the form that Qwen's models were trained on. */
function tell(tools: unknown[], [first, ...rest]: Message[]): Message[] {
  const text =
    `You may call these functions:\n<tools>\n${tools.map((tool) => JSON.stringify(tool)).join('\n')}\n</tools>\n` +
    'A call is written so:\n<tool_call>\n{"name": the name, "arguments": {the arguments}}\n</tool_call>'
  if (first!.role === 'system') return [{ role: 'system', content: `${first!.content}\n\n${text}` }, ...rest]
  return [{ role: 'system', content: text }, first!, ...rest]
}

const textOf = ({ messages }: MessagesExample) => JSON.stringify(messages)

/** The rows of both splits. No training row's chat is also a held-out row's. */
export function splitMessages(
  { train: address, test: testAddress, test_share: share, answer }: z.output<typeof settings>,
  [trainBytes, testBytes]: Uint8Array[] = [],
): Record<Split, MessagesExample[]> {
  if (!trainBytes || (testAddress !== undefined && !testBytes))
    throw new Error(`messages reads its rows from ${trainBytes ? testAddress! : address}, which was not opened; open its files first`)
  const rows = readMessages(trainBytes, address, answer)
  const apart = (example: MessagesExample) => hashText(textOf(example)) / 2 ** 32 < share
  const test = testAddress === undefined ? rows.filter(apart) : readMessages(testBytes!, testAddress, answer)
  const held = new Set(test.map(textOf))
  const train = rows.filter((example) => !held.has(textOf(example)))
  if (train.length === 0) throw new Error(`${address} has no chat that is not held out; choose another file, or a smaller test_share`)
  return { train, test }
}

export const messages: TaskKind<typeof settings> = {
  name: 'messages',
  title: 'Chats from a file, with fields for graders',
  settings,
  graders: [], // what is right, only the run's own graders know
  files: ({ train, test }) => [train, ...(test === undefined ? [] : [test])],
  create(chosen, files): Task<MessagesExample> {
    const { train, test } = splitMessages(chosen, files)
    let epoch = { seed: 0, number: -1, order: [] as number[] } // only kept so that it need not be shuffled for each example
    return {
      name: 'messages',
      example(split, i, seed = 0) {
        checkNumber(i)
        if (split === 'test') {
          const found = test[i]
          if (found) return found
          throw new Error(`messages has ${test.length} held-out rows and none with number ${i + 1}; lower problems of the evaluation`)
        }
        const number = Math.floor(i / train.length)
        if (epoch.number !== number || epoch.seed !== seed) epoch = { seed, number, order: shuffled(train.length, seed, number) }
        return train[epoch.order[i % train.length]!]!
      },
      prompt: (example) => example.messages,
      solution: (example) => example.answer,
    }
  },
}
