import { readSettings } from '../../contract/settings.ts'
import { clock } from '../../lambda/lambda-function.ts'
import { answerJson, queryOf, queryWhole, restFunction } from '../../lambda/rest-function.ts'
import { momentToIso } from '../../market/moment.ts'
import { phaseAt } from '../../market/phase.ts'
import { readStatus } from '../../tables/boards/boards-table.ts'
import { createMaster } from '../../tables/boards/master-list.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { findIssues } from './issue-search.ts'
import { MARKET_INFO_SETTINGS } from './market-info-settings.ts'

/** More than are listed. */
const MAX_ISSUES = 5_000
const ISSUES_BY_DEFAULT = 50
/** Seconds for which answers may be kept. */
const ISSUES_AGE = 60
const STATUS_AGE = 1

const settings = readSettings(MARKET_INFO_SETTINGS)
const table = { client: createDynamoDB(), table: settings.BOARDS_TABLE }
const master = createMaster(table)

export const handler = restFunction({
  '/v1/issues': async request => {
    const limit = queryWhole(request, 'limit', 1, MAX_ISSUES, ISSUES_BY_DEFAULT)
    const listed = await master.read()
    const issues = findIssues(listed, queryOf(request, 'q') ?? '', limit)
    return answerJson(request, {}, { issues }, listed.length === 0 ? STATUS_AGE : ISSUES_AGE)
  },
  '/v1/status': async request => {
    const now = clock.now()
    const { phase, lines, news } = await readStatus(table)
    // Who is not heard does not say when the phase changes.
    const isHeard = lines.some(({ state }) => state !== 'stale')
    const said = isHeard && phase !== undefined ? phase.phase : phaseAt(now)
    return answerJson(request, { time: momentToIso(now) }, { phase: said, lines, news }, STATUS_AGE)
  },
})
