/** `npm run ops -- sectors`: shows, checks and replaces the sectors of issues (33業種). */
import { readFileSync } from 'node:fs'
import { type IssueSectors, parseSectors, sectorsText } from '../../market/sector.ts'
import { readSectors, writeSectors } from '../../tables/control/sectors-item.ts'
import { UsageError } from '../tool-arguments.ts'
import { reach, type Target } from './target.ts'

/** Returns the stored sectors as a file. */
export async function sectorsShown({ control }: Target): Promise<string> {
  return sectorsText(await reach('control table', readSectors(control)))
}

/** Reads a file and compares it with the stored sectors. @throws SectorsError, UsageError */
export async function sectorsChecked({ control }: Target, file: string): Promise<string> {
  const sectors = sectorsIn(file)
  const before = await reach('control table', readSectors(control))
  return `${file} can replace the stored sectors. ${changeText(before, sectors)}\n`
}

/** Replaces the stored sectors by those of a file. @throws SectorsError, UsageError */
export async function sectorsReplaced({ clock, control }: Target, file: string): Promise<string> {
  const sectors = sectorsIn(file)
  const before = await reach('control table', readSectors(control))
  await reach('control table', writeSectors(control, sectors, clock.now()))
  return `${changeText(before, sectors)} All functions follow within a minute.\n`
}

function sectorsIn(file: string): IssueSectors {
  try {
    return parseSectors(readFileSync(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new UsageError(`${file}: ${error.message}`, { cause: error })
  }
}

/** `4,012 issues in 33 sectors: 3 added, 1 removed, 2 changed.` */
function changeText(before: IssueSectors, after: IssueSectors): string {
  const number = (value: number): string => value.toLocaleString('en-US')
  const issues = [...after.keys()]
  const added = issues.filter(issue => !before.has(issue)).length
  const removed = [...before.keys()].filter(issue => !after.has(issue)).length
  const changed = issues.filter(issue => before.has(issue) && before.get(issue) !== after.get(issue)).length
  const sectors = new Set(after.values()).size
  return `${number(after.size)} issues in ${sectors} sectors: ${number(added)} added, ${number(removed)} removed, ${number(changed)} changed.`
}
