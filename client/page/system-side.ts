/** The side of the page that shows a local system. */

import type { PageState } from './state.ts'
import type { SystemJson } from './system-state.ts'

/** Milliseconds between two requests: tasks start and stop within a second at a high speed. */
const INTERVAL_MS = 1_000

/** Requests the state of a local system once a second while the page is visible. */
export function followSystem(
  url: string,
  {
    state,
    isHidden,
    changed,
  }: {
    readonly state: PageState
    readonly isHidden: () => boolean
    readonly changed: () => void
  },
): void {
  const look = async (): Promise<void> => {
    if (isHidden()) return
    try {
      const response = await fetch(url, { cache: 'no-store' })
      if (response.ok) state.system = (await response.json()) as SystemJson
      else delete state.system
    } catch {
      // The system has ended. The boards show it too.
      delete state.system
    }
    changed()
  }
  const repeat = async (): Promise<never> => {
    for (;;) {
      await look()
      await new Promise(resolve => setTimeout(resolve, INTERVAL_MS))
    }
  }
  void repeat()
}
