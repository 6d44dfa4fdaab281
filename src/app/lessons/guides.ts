/** The guides that the page can open, by the names of their files in docs/guides. */
export const GUIDES = [
  { id: 'format', title: 'Teach SmolLM2 to follow a format' },
  { id: 'grader', title: 'Write a grader' },
  { id: 'losses', title: 'Compare three losses' },
] as const
