/**
 * What graders may send out of the page: to a server only after somebody has agreed, asked once for each server. Keys stay in memory
 * until the page is closed; no spec, link or file holds them.
 */
import type { GraderTools } from '../graders/grader'
import type { PageStore, Question } from './store'
import { say } from './words/say'

export interface Gate {
  tools: GraderTools
  /** Agrees beforehand, for scripts. `where` is an address of the server. */
  allow: (where: string, key?: string) => void
}

export function createGate(store: PageStore): Gate {
  const keys = new Map<string, string>()
  const answers = new Map<string, Promise<boolean>>()
  const ask = (where: string, what: string): Promise<boolean> =>
    new Promise((resolve) => {
      const question: Question = {
        where,
        what,
        answer(allowed, key) {
          if (allowed && key) keys.set(where, key)
          if (!allowed) answers.delete(where) // who says no may be asked again by the next run
          store.setState(({ questions }) => ({ questions: questions.filter((other) => other !== question) }))
          resolve(allowed)
        },
      }
      store.setState(({ questions }) => ({ questions: [...questions, question] }))
    })
  return {
    tools: {
      key: (where) => keys.get(where),
      allow(where, what) {
        const answer = answers.get(where) ?? ask(where, what)
        answers.set(where, answer)
        return answer
      },
    },
    allow(where, key) {
      const url = URL.parse(where)
      if (!url || url.origin === 'null')
        throw new Error(say`“${where}” is no address of a server: write one such as https://api.openai.com.`)
      answers.set(url.origin, Promise.resolve(true))
      if (key) keys.set(url.origin, key)
    },
  }
}
