import { boardToJson } from '../../market/board-to-json.ts'
import { readBoards } from '../shared/boards.ts'
import { createDynamoDB } from '../shared/dynamodb.ts'
import { answerJson, pathIssue, queryIssues, restFunction } from '../shared/rest.ts'
import { name, readSettings } from '../shared/settings.ts'

const settings = readSettings({ BOARDS_TABLE: name })
const table = { client: createDynamoDB(), table: settings.BOARDS_TABLE }

/** Real-time prices are for the one who asked: nobody may keep the answer. */
const NO_AGE = 0

/** The gateway lets nobody through to here without a token of the issuer. */
export const handler = restFunction({
  '/v1/realtime/boards/{issue}': async request => {
    const [tick] = await readBoards(table, [pathIssue(request)])
    return answerJson({ delay: 'PT0S', board: tick === undefined ? null : boardToJson(tick) }, NO_AGE)
  },
  '/v1/realtime/boards': async request => {
    const issues = queryIssues(request)
    const boards = new Map(
      (await readBoards(table, issues)).map(tick => [tick.board.issue, boardToJson(tick)]),
    )
    const inOrder = issues.map(issue => boards.get(issue)).filter(board => board !== undefined)
    return answerJson({ delay: 'PT0S', boards: inOrder }, NO_AGE)
  },
})
