/** Errors of the REST API as RFC 9457 problem documents. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { logger } from './lambda.ts'

const TITLES = {
  400: 'The request cannot be answered as it is',
  404: 'There is nothing at this address',
} as const

/** What is wrong with a request, in words for the one who sent it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: keyof typeof TITLES

  constructor(status: keyof typeof TITLES, detail: string) {
    super(detail)
    this.status = status
  }
}

/** Answers a thrown {@link Problem} as what it says, and any other error as 500 without its words. */
export function problemDocuments(): MiddlewareObj<unknown, APIGatewayProxyStructuredResultV2> {
  return {
    onError(request) {
      const { error } = request
      if (error instanceof Problem) {
        request.response = document(error.status, TITLES[error.status], error.message)
      } else {
        logger.error('a request failed', { error })
        request.response = document(500, 'The request failed on this side')
      }
    },
  }
}

function document(status: number, title: string, detail?: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', vary: 'Origin' },
    body: JSON.stringify({ type: 'about:blank', title, status, ...(detail === undefined ? {} : { detail }) }),
  }
}
