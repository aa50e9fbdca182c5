import type { IssueMaster } from '../../market/event.ts'
import { phaseAt } from '../../market/phase.ts'
import { readMaster, readStatus } from '../shared/boards.ts'
import { createDynamoDB } from '../shared/dynamodb.ts'
import { clock } from '../shared/lambda.ts'
import { momentToIso } from '../shared/moment.ts'
import { answerJson, queryOf, queryWhole, restFunction } from '../shared/rest.ts'
import { name, readSettings } from '../shared/settings.ts'
import { findIssues } from './issues.ts'

/** More than are listed. */
const MAX_ISSUES = 5_000
const ISSUES_BY_DEFAULT = 50
/** Seconds for which answers may be kept. */
const ISSUES_AGE = 60
const STATUS_AGE = 1
/** The master changes once a trading date; it is read again after this time (ms). */
const KEEP_MASTER_MS = 60_000

const settings = readSettings({ BOARDS_TABLE: name })
const table = { client: createDynamoDB(), table: settings.BOARDS_TABLE }

let master: readonly IssueMaster[] = []
let readAt = 0

export const handler = restFunction({
  '/v1/issues': async request => {
    const limit = queryWhole(request, 'limit', 1, MAX_ISSUES, ISSUES_BY_DEFAULT)
    if (master.length === 0 || Date.now() - readAt > KEEP_MASTER_MS) {
      master = await readMaster(table)
      readAt = Date.now()
    }
    const issues = findIssues(master, queryOf(request, 'q') ?? '', limit)
    return answerJson({ issues }, master.length === 0 ? STATUS_AGE : ISSUES_AGE)
  },
  '/v1/status': async () => {
    const now = clock.now()
    const { phase, lines, news } = await readStatus(table)
    const said = phase?.type === 'phase' ? phase.phase : phaseAt(now)
    return answerJson({ time: momentToIso(now), phase: said, lines, news }, STATUS_AGE)
  },
})
