/** Settings of canary. */
import * as v from 'valibot'
import { requiredText, storeSeconds } from '../../contract/settings.ts'

/**
 * `REST_URL`: the address of the REST API without `/v1`, as readers have it. `WEBSOCKET_URL`: the address at which apps connect.
 * `CANARY_SECRET`: ARN of the secret with the request for an access token; empty: the canary has no access to real-time data.
 */
export const CANARY_SETTINGS = {
  REST_URL: requiredText,
  WEBSOCKET_URL: requiredText,
  CANARY_SECRET: v.string('expected an ARN or an empty text, got none'),
  STORE_SECONDS: storeSeconds,
}
