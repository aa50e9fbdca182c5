/** The times between posts to the same app. */
export interface PostTimes {
  /** Notes a post at `now` (ms). */
  note(connection: string, now: number): void
  /** Returns the time (ms) from a post to the next post of the same app, for each post that counts. */
  intervals(): readonly number[]
  /** Returns the number of apps that got a post. */
  apps(): number
}

/** @param from intervals that end before this time (ms) do not count. */
export function createPostTimes(from: number): PostTimes {
  const last = new Map<string, number>()
  const intervals: number[] = []
  return {
    note(connection, now) {
      const before = last.get(connection)
      last.set(connection, now)
      // An app with much to get has several posts at once.
      if (before !== undefined && now > before && now >= from) intervals.push(now - before)
    },
    intervals: () => intervals,
    apps: () => last.size,
  }
}
