/** The stand-in for DynamoDB in a process of its own. */
import { startDynamoEndpoint } from '@itastream/local-cloud/dynamo-endpoint'
import { serve } from '../ingest/helper.ts'

const endpoint = await startDynamoEndpoint({})

export const FANOUT_TABLE_ABILITIES = { url: (_: undefined) => endpoint.url }
serve(FANOUT_TABLE_ABILITIES)
