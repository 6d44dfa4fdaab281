/** A log that nobody can flood: a line that comes again within ten seconds is counted, and said once with its count when they are over. */
export function calmLog(write: (line: string) => void, every = 10_000): (line: string) => void {
  const again = new Map<string, number>()
  return (line) => {
    const count = again.get(line)
    if (count !== undefined) return void again.set(line, count + 1)
    if (again.size >= 100) return // so many kinds of lines are noise
    write(line)
    again.set(line, 0)
    setTimeout(() => {
      const more = again.get(line)!
      again.delete(line)
      if (more > 0) write(`${line} (${more} more times)`)
    }, every).unref()
  }
}
