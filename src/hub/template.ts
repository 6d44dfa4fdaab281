/** Whether a model says how a chat is written; a base model does not. */
import type { Repository } from './repository'

/** A sentence where it has no chat template; undefined where it has one, or nothing that could be read. */
export async function templateNotice(repository: Repository): Promise<string | undefined> {
  if (await repository.exists('chat_template.jinja')) return undefined
  const text = (await repository.exists('tokenizer_config.json')) ? await repository.text('tokenizer_config.json') : '{}'
  try {
    if ((JSON.parse(text) as { chat_template?: unknown } | null)?.chat_template) return undefined
  } catch {
    return undefined // who reads it says what is wrong with it
  }
  return `${repository.id} has no chat template: a prompt is the plain text of its messages, as for a base model.`
}
