/** `etude/tasks`: examples, prompts, solutions. */
export { tasks } from '../tasks/index'
export type { TaskName } from '../tasks/index'
export { fill, roundPrompt } from '../tasks/task'
export type { Example, Message, RoundPrompts, Rounds, Split, Task, TaskKind } from '../tasks/task'
