/** The addresses of `npm start` in the itastream repository. The variables of the environment name another system. */
const { ITASTREAM_URL, ITASTREAM_HISTORY, ITASTREAM_TOKEN_URL } = process.env
export const url = ITASTREAM_URL ?? 'ws://localhost:8081/live'
/** The REST API with a token. */
export const history = ITASTREAM_HISTORY ?? 'http://localhost:8082/v1/realtime'
const tokenUrl = ITASTREAM_TOKEN_URL ?? 'http://localhost:8083/token'

/** Returns an access token. The local issuer gives one to everybody; your app asks its sign-in library. */
export async function token(): Promise<string> {
  const response = await fetch(tokenUrl, { method: 'POST' })
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}
