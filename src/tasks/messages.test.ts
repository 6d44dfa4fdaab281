import { describe, expect, it } from 'vitest'
import { messages, splitMessages } from './messages'

const file = (...rows: unknown[]) => new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'))
const user = (content: unknown) => ({ role: 'user', content })
const settings = messages.settings.parse({ train: 'a.jsonl', test: 'b.jsonl' })
const open = (train: unknown[], test: unknown[] = [{ messages: [user('held')] }]) => messages.create(settings, [file(...train), file(...test)])

describe('chats from a file', () => {
  it('are prompts, and their other fields the item', () => {
    const task = open([{ messages: [{ role: 'developer', content: 'Be brief.' }, user([{ type: 'text', text: 'Capital?' }])], answer: 'Paris', n: 3 }])
    const example = task.example('train', 0)
    expect(task.prompt(example)).toEqual([{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Capital?' }])
    expect(example).toMatchObject({ answer: 'Paris', item: { answer: 'Paris', n: 3 } })
    expect(example.item).not.toHaveProperty('messages')
    expect(task.solution(example)).toBe('Paris')
  })

  it('tell their tools', () => {
    const tools = [{ type: 'function', function: { name: 'look_up' } }]
    const [system, turn] = open([{ messages: [user('q')], tools }]).prompt(open([{ messages: [user('q')], tools }]).example('train', 0))
    expect(system!.content).toContain('"name":"look_up"')
    expect(system!.content).toContain('<tool_call>')
    expect(turn).toEqual(user('q'))
    const both = open([{ messages: [{ role: 'system', content: 'Be brief.' }, user('q')], tools }])
    expect(both.prompt(both.example('train', 0))[0]!.content).toMatch(/^Be brief\.\n\nYou may call/)
  })

  it('come once an epoch, and never from the held-out ones', () => {
    const rows = Array.from({ length: 9 }, (_, i) => ({ messages: [user(String(i))] }))
    const task = open(rows, rows.slice(0, 3))
    const epoch = (n: number) => Array.from({ length: 6 }, (_, i) => task.prompt(task.example('train', n * 6 + i, 1))[0]!.content)
    expect(epoch(0).toSorted()).toEqual(['3', '4', '5', '6', '7', '8'])
    expect(epoch(1).toSorted()).toEqual(epoch(0).toSorted())
    expect(epoch(1)).not.toEqual(epoch(0))
    expect(() => task.example('test', 3)).toThrow('messages has 3 held-out rows and none with number 4')
    expect(() => open(rows.slice(0, 1), rows)).toThrow('a.jsonl has no chat that is not held out')
  })

  it('of one file hold out a share', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({ messages: [user(String(i))] }))
    const { train, test } = splitMessages(messages.settings.parse({ train: 'a', test_share: 0.2 }), [file(...rows)])
    expect(train.length + test.length).toBe(1000)
    expect(Math.abs(test.length - 200)).toBeLessThan(40)
    expect(splitMessages(messages.settings.parse({ train: 'a', test_share: 0 }), [file(...rows)]).test).toEqual([])
  })

  it.each([
    [{ prompt: 'q' }, 'row 2 of a.jsonl is no chat to train on: it has no “messages”'],
    [{ messages: [] }, 'messages is not right'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role is not right'],
    [{ messages: [user([{ type: 'image_url', image_url: 'x' }])] }, 'messages[0].content is not right (its content must be text)'],
    [{ messages: [user('q'), { role: 'assistant', content: 'a' }] }, 'its last message is the assistant’s; it must be the user’s'],
  ])('%j is refused', (row, words) => expect(() => open([{ messages: [user('q')] }, row])).toThrow(words))
})
