/** Errors of the REST API as RFC 9457 problem documents. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { logger } from './lambda-function.ts'

/** Every problem by its name, which its `type` ends with: a program goes by it. */
const PROBLEMS = {
  'bad-issue': [400, 'This is no issue code'],
  'bad-time': [400, 'This is no time that can be asked for'],
  'future-time': [400, 'This time has not come yet'],
  'too-recent': [400, 'Prices of this time cannot be shown yet'],
  'bad-range': [400, 'The range ends before it begins'],
  'range-too-long': [400, 'The range is too long'],
  'too-many-issues': [400, 'Too many issues at once'],
  'bad-parameter': [400, 'A parameter cannot be used'],
  'unknown-issue': [404, 'Nothing is known of this issue'],
  'unknown-route': [404, 'There is nothing at this address'],
  failed: [500, 'The request failed on this side'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemName = keyof typeof PROBLEMS

/** What is wrong with a request, in words for the one who sent it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly problem: ProblemName
  /** Further members of the document. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(problem: ProblemName, detail: string, members: Readonly<Record<string, unknown>> = {}) {
    super(detail)
    this.problem = problem
    this.members = members
  }
}

/**
 * Answers a thrown {@link Problem} as what it says, and any other error as 500 without its words.
 * @param unknownAge seconds for which everybody may keep that an issue is not known; 0: nobody may.
 */
export function problemDocuments(
  unknownAge: number,
): MiddlewareObj<unknown, APIGatewayProxyStructuredResultV2> {
  return {
    onError(request) {
      const { error } = request
      if (error instanceof Problem) {
        const age = error.problem === 'unknown-issue' ? unknownAge : 0
        request.response = document(error.problem, age, { detail: error.message, ...error.members })
      } else {
        logger.error('a request failed', { error })
        request.response = document('failed', 0, {})
      }
    },
  }
}

function document(
  problem: ProblemName,
  age: number,
  members: Readonly<Record<string, unknown>>,
): APIGatewayProxyStructuredResultV2 {
  const [status, title] = PROBLEMS[problem]
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': age === 0 ? 'no-store' : `public, max-age=${age}`,
      vary: 'Origin',
    },
    body: JSON.stringify({ type: `urn:itastream:problem:${problem}`, title, status, ...members }),
  }
}
