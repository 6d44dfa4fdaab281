/** `etude/graders`: completion → score. */
export { answerSlot, gradeAll, lastSlot, normalise, passes } from '../graders/grader'
export type { Grader, GraderKind, GraderTools, OnFlag, Submission } from '../graders/grader'
export { createGrader, graders } from '../graders/index'
export type { GraderName, WeightedGrader } from '../graders/index'
export { nodeSandbox } from '../graders/sandbox/node'
export type { NodeOptions } from '../graders/sandbox/node'
export type { Sandbox } from '../graders/sandbox/sandbox'
export { setSandbox } from '../graders/sandbox/session'
