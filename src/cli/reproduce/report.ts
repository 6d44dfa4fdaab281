import type { Results } from './results'
import type { Study } from './study'
export function reportPage(_study: Study, results: Results): string {
  return JSON.stringify(results)
}
