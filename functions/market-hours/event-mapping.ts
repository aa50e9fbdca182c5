/** An event source mapping: whether it is enabled, and its batching window. */
import {
  GetEventSourceMappingCommand,
  type GetEventSourceMappingCommandOutput,
  type LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { change } from './aws-limit.ts'
import type { MarketResource, Reading } from './market-resource.ts'

/** States in which a mapping takes a change (Lambda API reference, GetEventSourceMapping). */
const SETTLED: ReadonlySet<string | undefined> = new Set(['Enabled', 'Disabled'])
/** States in which a mapping reads, or will. `Updating` keeps what it was, and is busy. */
const READING: ReadonlySet<string | undefined> = new Set(['Creating', 'Enabling', 'Enabled', 'Updating'])

/** Whether a mapping reads the stream. @param name the name of the value. */
export function mappingEnabled(client: LambdaClient, UUID: string, name: string): MarketResource {
  return {
    kind: 'mapping',
    name,
    read: () => readMapping(client, UUID, ({ State }) => READING.has(State)),
    apply: to => change(client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: Boolean(to) }))),
  }
}

/** The batching window of a mapping, seconds. @param name the name of the value. */
export function mappingWindow(client: LambdaClient, UUID: string, name: string): MarketResource {
  return {
    kind: 'window',
    name,
    read: () => readMapping(client, UUID, mapping => mapping.MaximumBatchingWindowInSeconds ?? 0),
    apply: to =>
      change(
        client.send(
          new UpdateEventSourceMappingCommand({ UUID, MaximumBatchingWindowInSeconds: Number(to) }),
        ),
      ),
  }
}

async function readMapping(
  client: LambdaClient,
  UUID: string,
  valueIn: (mapping: GetEventSourceMappingCommandOutput) => number | boolean,
): Promise<Reading> {
  const mapping = await client.send(new GetEventSourceMappingCommand({ UUID }))
  return { value: valueIn(mapping), busy: !SETTLED.has(mapping.State) }
}
