/** The DynamoDB client of broadcast. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'

/** Time for an answer (ms). A later round repeats the request, so that everything is right soon after a fault. */
const ANSWER_MS = 2_000

/** Creates a client that sends each request once: rounds repeat what a table did not take. */
export function createTableClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  return createDynamoDB({ maxAttempts: 1, requestHandler: keepAliveHandler(ANSWER_MS), ...config })
}
