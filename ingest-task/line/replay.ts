/**
 * A line that has begun to number anew tells its day from the start. Messages find their place by their counter, and
 * what came of them before is dropped; of all else, only the phase is told again, as it stands at the end.
 */
import type { LineContent } from '../line-seam.ts'

export interface Replay {
  /** What comes up to this position may have been told already. */
  begin(position: number): void
  deliver(content: LineContent): boolean
}

export function createReplay(deliver: (content: LineContent) => boolean): Replay {
  let until = 0
  let phase: Extract<LineContent, { kind: 'phase' }> | undefined

  return {
    begin(position) {
      until = position
      phase = undefined
    },
    deliver(content) {
      if (!('position' in content) || content.position > until) return deliver(content)
      if (content.kind === 'phase') phase = content
      if (content.kind === 'messages' && !deliver(content)) return false
      if (content.position === until && phase !== undefined) deliver({ ...phase, position: until })
      return true
    },
  }
}
