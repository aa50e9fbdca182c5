/** Settings of canary. */
import { requiredText, storeSeconds } from '../../contract/settings.ts'

/** `REST_URL`: the address of the REST API without `/v1`, as readers have it. */
export const CANARY_SETTINGS = { REST_URL: requiredText, STORE_SECONDS: storeSeconds }
