/** The strip of a local system: the phases of the day on a time axis, and the tasks of each line. */
import { html, nothing, type TemplateResult } from 'lit'
import { momentFromIso } from '../../../market/moment.ts'
import type { EpochMicros } from '../../../market/units.ts'
import type { PageState } from '../state.ts'
import type { LineTasksJson, SystemJson } from '../system-state.ts'
import { share } from './cell.ts'
import { minuteOf } from './format.ts'
import { PHASE_WORDS } from './words.ts'

export function dayStrip({
  system,
  now,
}: Pick<PageState, 'system' | 'now'>): TemplateResult | typeof nothing {
  if (system === undefined) return nothing
  return html`<aside class="day" aria-label="システム System">
    ${timeline(system.phases, now)}
    <p class="level">${system.level === undefined ? nothing : html`<small>水準 Level</small> ${system.level}`}</p>
    <ul class="tasks" aria-label="タスク Tasks">${system.lines.map(lineTasks)}</ul>
  </aside>`
}

/** The phases as parts of a bar, from the first to the last. A date without trading has none. */
function timeline(phases: SystemJson['phases'], now: EpochMicros): TemplateResult {
  const times = phases.map(({ from }) => momentFromIso(from)!)
  const [start, end] = [times[0], times.at(-1)]
  if (start === undefined || end === undefined) {
    return html`<p class="phases empty">休場日 <small>The exchange is closed today</small></p>`
  }
  const percent = (moment: number): number =>
    (Math.min(Math.max(moment - start, 0), end - start) / (end - start)) * 100
  const current = times.findLastIndex(time => time <= now)
  // The last entry starts the closed phase, which has no end on this date.
  const parts = phases.slice(0, -1).map(({ phase, from }, index) => {
    const { ja, en } = PHASE_WORDS[phase]
    const name = `${minuteOf(from)} ${ja} ${en}`
    const length = percent(times[index + 1]!) - percent(times[index]!)
    return html`<li class=${index === current ? 'current' : ''} data-phase=${phase} title=${name} ${share('--length', length)}>
      <span aria-hidden="true">${ja}</span><span class="hidden">${name}</span>
    </li>`
  })
  const isToday = now >= start && now < end
  return html`<div class="phases">
    <time>${minuteOf(phases[0]!.from)}</time>
    <ol>
      ${parts}${isToday ? html`<i class="now" aria-hidden="true" ${share('--now', percent(now))}></i>` : nothing}
    </ol>
    <time>${minuteOf(phases.at(-1)!.from)}</time>
  </div>`
}

/** A sign for each task of a line: filled for the task that publishes, a ring for a standby, dotted for a task that starts. */
function lineTasks({ line, running, desired, publishes, standby }: LineTasksJson): TemplateResult {
  const kinds = Array.from({ length: Math.max(running, desired) }, (_, index) => {
    if (index === 0 && publishes) return 'publishes'
    if (index === (publishes ? 1 : 0) && standby) return 'standby'
    return 'starts'
  })
  const count = running === desired ? `${running}` : `${running} of ${desired}`
  const state = publishes ? (standby ? 'one publishes, one is ready' : 'one publishes') : 'none publishes'
  const text = `回線${line} · Line ${line}: tasks ${count}, ${running === 0 ? 'asleep' : state}`
  return html`<li title=${text}>
    <span aria-hidden="true">${line}</span>${
      kinds.length === 0
        ? html`<small aria-hidden="true">休止</small>`
        : kinds.map(kind => html`<i class=${kind} aria-hidden="true"></i>`)
    }<span class="hidden">${text}</span>
  </li>`
}
