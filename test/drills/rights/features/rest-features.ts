/** What readers notice of the REST API. */
import { accessOf } from './connect-features.ts'
import { type Features, get } from './feature.ts'

export const DELAYED_FEATURES: Features = {
  'delayed prices': stage => get(stage, `/v1/boards/${stage.code}`),
  'an unknown issue': async ({ system }) => {
    const { status } = await fetch(`${system.cloud.httpUrl}/v1/boards/1999`)
    if (status !== 404) throw new Error(`expected 404, got ${status}`)
  },
}

export const REALTIME_FEATURES: Features = {
  'real-time prices': stage => get(stage, `/v1/realtime/boards/${stage.code}`),
  'days in real time': stage => get(stage, `/v1/realtime/days/${stage.code}`),
  'issues in real time': stage => get(stage, `/v1/realtime/issues?q=${stage.code}`),
  'the status in real time': stage => get(stage, '/v1/realtime/status'),
  'the record of access over REST': async stage => {
    const user = stage.newUser()
    const authorization = `Bearer ${await stage.system.issuer.token(user)}`
    await fetch(`${stage.system.cloud.httpUrl}/v1/realtime/status`, { headers: { authorization } })
    await stage.wait(async () => (await accessOf(stage, user)) !== undefined, 'a record of the access')
  },
}

export const INFO_FEATURES: Features = {
  'the list of issues': stage => get(stage, '/v1/issues'),
  'the calendar': stage => get(stage, '/v1/calendar'),
  'the status': stage => get(stage, '/v1/status'),
}
