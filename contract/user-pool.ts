/** What the Cognito user pool of the stack and those who sign in at it agree on. */

/** The resource server of the prices, and its scope. */
export const PRICES_SERVER = 'itastream'
export const REALTIME = 'realtime'
/** The scope of real-time data, as Cognito names it. */
export const REALTIME_SCOPE = `${PRICES_SERVER}/${REALTIME}`

/** The port on which `npm run ops -- token` waits for the return of the browser. Cognito compares the whole address. */
export const LOOPBACK_PORT = 8976
/** The address of that port. Cognito allows http for `localhost` alone (API reference, CallbackURLs). */
export const LOOPBACK_URL = `http://localhost:${LOOPBACK_PORT}/`
