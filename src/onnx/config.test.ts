/** Tokens that end a completion: generation_config.json's, which name several for a chat model, before config.json's. */
import { describe, expect, it } from 'vitest'
import { readConfig } from './config'
import { memory, TINY_CONFIG } from './fixture'

const config = (changes: object, generation?: object) =>
  readConfig(memory({
    'config.json': JSON.stringify({ ...TINY_CONFIG, ...changes }),
    ...(generation && { 'generation_config.json': JSON.stringify(generation) }),
  }))
const stops = async (changes: object, generation?: object) => (await config(changes, generation)).config.eos

describe('stop tokens', () => {
  it.each<[string, object, object | undefined, number[]]>([
    ['of generation_config.json, all of them, in its order', { eos_token_id: 2 }, { eos_token_id: [4, 1] }, [4, 1]],
    ['of generation_config.json, a single one', { eos_token_id: 2 }, { eos_token_id: 4 }, [4]],
    ['of config.json where generation_config.json names none', { eos_token_id: [2, 3] }, { temperature: 0.6 }, [2, 3]],
    ['of config.json where generation_config.json says null', { eos_token_id: 2 }, { eos_token_id: null }, [2]],
    ['of config.json where there is no other file', { eos_token_id: 2 }, undefined, [2]],
    ['none where no file names one', { eos_token_id: undefined }, {}, []],
  ])('%s', async (_, changes, generation, wanted) => expect(await stops(changes, generation)).toEqual(wanted))

  it.each([['a word', '<eos>'], ['below zero', -1], ['a fraction', [2, 0.5]]])('%s is refused', async (_, eos_token_id) => {
    await expect(stops({}, { eos_token_id })).rejects.toThrow(/eos_token_id is .*must be a token id/)
  })
})
