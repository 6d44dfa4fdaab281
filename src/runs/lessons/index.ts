/** The lessons: every JSON file of this folder, in the order of their names. */
import { parseLesson, type Lesson } from './lesson'

const files = import.meta.glob<unknown>('./*.json', { eager: true, import: 'default' })

export const lessons: readonly Lesson[] = Object.entries(files)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([path, source], i) => parseLesson(path.slice('./'.length, -'.json'.length), source, i + 1))
