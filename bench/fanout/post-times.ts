/** The times between posts with updates to the same app. */

/** A message of events alone, such as `time` after the last tick, begins so. It ends no wait: the app had no update to wait for. */
const WITHOUT_UPDATES = '{"type":"updates","updates":[]'

export interface PostTimes {
  /** Notes a post at `now` (ms). @param text the message as JSON, or its start. */
  note(connection: string, now: number, text: string): void
  /** Returns the time (ms) from a post with updates to the next of the same app, for each that counts. */
  intervals(): readonly number[]
  /** Returns the number of apps that got a post with updates. */
  apps(): number
}

/** @param from intervals that end before this time (ms) do not count. */
export function createPostTimes(from: number): PostTimes {
  const last = new Map<string, number>()
  const intervals: number[] = []
  return {
    note(connection, now, text) {
      if (text.startsWith(WITHOUT_UPDATES)) return
      const before = last.get(connection)
      last.set(connection, now)
      // An app with much to get has several posts at once.
      if (before !== undefined && now > before && now >= from) intervals.push(now - before)
    },
    intervals: () => intervals,
    apps: () => last.size,
  }
}
