/** Answers the requests of AWS SDK clients over a real socket, as a test tells it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An answer: its body, as the protocol of the service has it. An error has a status. */
export interface StandInAnswer {
  readonly status?: number
  readonly body: string
}

/** Answers by the name of the operation; a function may look at the request. */
export type StandInAnswers = Readonly<Record<string, StandInAnswer | ((body: string) => StandInAnswer)>>

export interface AwsStandIn extends AsyncDisposable {
  readonly url: string
  answers: StandInAnswers
  /** The operations that were called, in order. */
  readonly called: string[]
}

/** The operation of a request: a target header, a field of a form, or a path. */
function operationOf(request: IncomingMessage, body: string): string {
  const target = request.headers['x-amz-target']
  if (typeof target === 'string') return target.split('.').at(-1)!
  const action = new URLSearchParams(body).get('Action')
  return action ?? `${request.method} ${request.url}`
}

export async function startStandIn(): Promise<AwsStandIn> {
  const called: string[] = []
  const server = createServer((request, response) => {
    void text(request).then(body => {
      const operation = operationOf(request, body)
      called.push(operation)
      const given = standIn.answers[operation] ?? denied(`no answer to ${operation}`)
      const { status = 200, body: answer } = typeof given === 'function' ? given(body) : given
      const type = answer.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.1'
      response.writeHead(status, { 'content-type': type }).end(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const standIn: AwsStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: {},
    called,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return standIn
}

export const json = (body: object): StandInAnswer => ({ body: JSON.stringify(body) })

export const jsonError = (name: string, message = name): StandInAnswer => ({
  status: 400,
  body: JSON.stringify({ __type: name, message }),
})

/** An answer of a service with the query protocol. */
export const xml = (operation: string, result: string): StandInAnswer => ({
  body: `<${operation}Response><${operation}Result>${result}</${operation}Result></${operation}Response>`,
})

export const xmlError = (status: number, code: string, message: string): StandInAnswer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
})

/** An answer of EC2, whose protocol has no element for the result. */
export const ec2 = (operation: string, result: string): StandInAnswer => ({
  body: `<${operation}Response>${result}</${operation}Response>`,
})

export const ec2Error = (status: number, code: string): StandInAnswer => ({
  status,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${code}</Message></Error></Errors></Response>`,
})

/** The zones of a region. The name of a zone is its id in capital letters: it differs between accounts. */
export const zones = (...ids: readonly string[]): StandInAnswer => {
  const items = ids.map(id => `<item><zoneId>${id}</zoneId><zoneName>${id.toUpperCase()}</zoneName></item>`)
  return ec2('DescribeAvailabilityZones', `<availabilityZoneInfo>${items.join('')}</availabilityZoneInfo>`)
}

/** Services of interface endpoints. @param zones names of zones by service. */
export const endpointServices = (
  region: string,
  services: Readonly<Record<string, readonly string[]>>,
): StandInAnswer => {
  const items = Object.entries(services).map(
    ([service, names]) =>
      `<item><serviceName>com.amazonaws.${region}.${service}</serviceName><availabilityZoneSet>` +
      `${names.map(name => `<item>${name}</item>`).join('')}</availabilityZoneSet></item>`,
  )
  return ec2('DescribeVpcEndpointServices', `<serviceDetailSet>${items.join('')}</serviceDetailSet>`)
}

/** @param ids prefix lists of AWS by service. */
export const prefixLists = (region: string, ids: Readonly<Record<string, string>>): StandInAnswer => {
  const items = Object.entries(ids).map(
    ([service, id]) =>
      `<item><prefixListId>${id}</prefixListId>` +
      `<prefixListName>com.amazonaws.${region}.${service}</prefixListName></item>`,
  )
  return ec2('DescribeManagedPrefixLists', `<prefixListSet>${items.join('')}</prefixListSet>`)
}

/** The caller lacks a right. */
export const denied = (message = 'not authorized'): StandInAnswer =>
  jsonError('AccessDeniedException', message)
