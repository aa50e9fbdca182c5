/** Events that a schedule cannot deliver, events that fail, and the queue that receives both. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  GetScheduleCommand,
  SchedulerClient,
  type Target,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { CloudClock } from '../../../local/cloud/cloud-clock.ts'
import { openQueues } from '../../../local/cloud/queues/queue.ts'
import { openStack } from '../../../local/cloud/template/stack.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { asEpochMillis, nowMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { aliasOf, att, fn, type Resources, ref, role } from './assembly-fixture.ts'
import { boot, client, refused } from './cloud-fixture.ts'

const allow = (Action: string | string[], Resource: object | string) => ({
  Effect: 'Allow',
  Action,
  Resource,
})

const RESOURCES: Resources = {
  letters: { Type: 'AWS::SQS::Queue' },
  ...fn('hours', [allow('sqs:SendMessage', att('letters', 'Arn'))]),
  ...aliasOf('hours'),
  ...role('schedulerRole', [
    allow('lambda:InvokeFunction', ref('hoursLive')),
    allow('sqs:SendMessage', att('letters', 'Arn')),
  ]),
  ...role('emptyRole', []),
  schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: ref('hoursLive'),
        RoleArn: att('schedulerRole', 'Arn'),
        Input: '{"wake":true}',
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 300 },
        DeadLetterConfig: { Arn: att('letters', 'Arn') },
      },
    },
  },
}

/** Two market minutes in a real second. */
const fastClock = (): CloudClock => {
  const market = asEpochMillis(Date.parse('2026-11-20T08:59:30+09:00'))
  return shiftedClock([{ real: nowMillis(), market, speed: 120 }])
}

async function start(t: TestContext, resources: Resources = RESOURCES, clock = fastClock()) {
  const lab = await boot(t, { resources }, { clock })
  const config = client(lab.cloud)
  const [scheduler, sqs, lambda] = [
    new SchedulerClient(config),
    new SQSClient(config),
    new LambdaClient(config),
  ]
  t.after(() => {
    for (const sdk of [scheduler, sqs, lambda]) sdk.destroy()
  })
  const Name = lab.cloud.ref('schedule')
  const QueueUrl = lab.cloud.ref('letters')
  const get = () => scheduler.send(new GetScheduleCommand({ Name }))
  return {
    lab,
    scheduler,
    sqs,
    lambda,
    Name,
    QueueUrl,
    get,
    /** Changes some settings and keeps the others. */
    async update(changes: object, target: Partial<Target> = {}) {
      const { ScheduleExpression, FlexibleTimeWindow, Target } = await get()
      const settings = { Name, ScheduleExpression, FlexibleTimeWindow, Target: { ...Target!, ...target } }
      await scheduler.send(new UpdateScheduleCommand({ ...settings, ...changes }))
    },
    async count(): Promise<number> {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      )
      return Number(Attributes!.ApproximateNumberOfMessages)
    },
    async receive() {
      const all = { QueueUrl, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 }
      return (await sqs.send(new ReceiveMessageCommand(all))).Messages ?? []
    },
  }
}

test('a schedule is disabled and enabled, and keeps nothing that an update leaves out', async t => {
  const { lab, Name, get, update, scheduler } = await start(t)
  const { $metadata: _, CreationDate, LastModificationDate, ...schedule } = await get()
  assert.deepEqual(CreationDate, LastModificationDate)
  assert.deepEqual(schedule, {
    Arn: 'arn:aws:scheduler:ap-northeast-1:000000000000:schedule/default/Lab-schedule',
    Name,
    GroupName: 'default',
    State: 'ENABLED',
    ScheduleExpression: 'rate(1 minute)',
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: 'arn:aws:lambda:ap-northeast-1:000000000000:function:Lab-hours:live',
      RoleArn: 'arn:aws:iam::000000000000:role/Lab-schedulerRole',
      Input: '{"wake":true}',
      RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 300 },
      DeadLetterConfig: { Arn: 'arn:aws:sqs:ap-northeast-1:000000000000:Lab-letters' },
    },
  })
  await until(() => lab.of('hours').length >= 1, 'an event')
  await update({ State: 'DISABLED', ScheduleExpressionTimezone: 'Asia/Tokyo' })
  const before = lab.of('hours').length
  await new Promise(resolve => setTimeout(resolve, 1_200))
  assert.ok(lab.of('hours').length <= before + 1, 'at most an event that was on its way')
  assert.equal((await get()).ScheduleExpressionTimezone, 'Asia/Tokyo')
  await update({ State: 'ENABLED' })
  assert.equal((await get()).ScheduleExpressionTimezone, 'UTC')
  await until(() => lab.of('hours').length > before + 1, 'another event')

  await refused(update({ ScheduleExpression: 'daily' }), 'ValidationException', 400)
  await refused(update({}, { RetryPolicy: { MaximumRetryAttempts: 186 } }), 'ValidationException', 400)
  await refused(update({}, { RoleArn: 'arn:aws:iam::000000000000:role/gone' }), 'ValidationException', 400)
  await refused(scheduler.send(new GetScheduleCommand({ Name: 'gone' })), 'ResourceNotFoundException', 404)
})

test('an event that Lambda does not accept goes to the dead-letter queue after its retries', async t => {
  const { lab, update, count, receive } = await start(t)
  await update({}, { RoleArn: 'arn:aws:iam::000000000000:role/Lab-emptyRole' })
  await until(async () => (await count()) > 0, 'a dead letter')
  await update({ State: 'DISABLED' })
  const [letter] = await receive()
  assert.equal(letter!.Body, '{"wake":true}')
  const attributes = Object.fromEntries(
    Object.entries(letter!.MessageAttributes!).map(([name, value]) => [name, value.StringValue]),
  )
  const { ERROR_MESSAGE, SCHEDULED_TIME, ...others } = attributes
  assert.match(ERROR_MESSAGE!, /Lab-emptyRole is not authorized to perform: lambda:InvokeFunction/)
  assert.match(SCHEDULED_TIME!, /^2026-11-20T00:\d\d:00\.000Z$/)
  assert.deepEqual(others, {
    ERROR_CODE: 'AccessDeniedException',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    RETRY_ATTEMPTS: '3',
    SCHEDULE_ARN: 'arn:aws:scheduler:ap-northeast-1:000000000000:schedule/default/Lab-schedule',
    TARGET_ARN: 'arn:aws:lambda:ap-northeast-1:000000000000:function:Lab-hours:live',
  })
  assert.match(lab.logged.join('\n'), /schedule: an event is given up after 4 attempts/)
})

test('an event whose function fails goes to the destination of the alias, and not to the queue of the schedule', async t => {
  const config = {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: ref('hours'),
      Qualifier: 'live',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: att('letters', 'Arn') } },
    },
  }
  const { lab, update, lambda, count, receive } = await start(t, { ...RESOURCES, config })
  await update({ State: 'DISABLED' })
  assert.deepEqual(lab.cloud.unsupported, [])
  lab.answer = () => ({ throws: 'no table' })
  const call = { FunctionName: 'Lab-hours', InvocationType: 'Event' as const, Payload: '{"run":1}' }
  await lambda.send(new InvokeCommand({ ...call, Qualifier: 'live' }))
  await until(async () => (await count()) === 1, 'the failed event')
  const [letter] = await receive()
  const { timestamp: _, requestContext, responsePayload, ...record } = JSON.parse(letter!.Body!)
  const { requestId: __, ...context } = requestContext
  assert.deepEqual(context, {
    functionArn: 'arn:aws:lambda:ap-northeast-1:000000000000:function:Lab-hours:live',
    condition: 'RetriesExhausted',
    approximateInvokeCount: 2,
  })
  assert.equal(responsePayload.errorMessage, 'no table')
  assert.deepEqual(record, {
    version: '1.0',
    requestPayload: { run: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  })
})

test('a received message is hidden until its time is over or it is deleted', async t => {
  let microseconds = 1_000_000
  const clock = { now: () => microseconds, realMillisecondsUntil: () => 1_000 }
  const { sqs, QueueUrl, count, receive } = await start(t, RESOURCES, clock)
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'test' } }
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one', MessageAttributes }))
  const [first] = await receive()
  assert.deepEqual([first!.Body, first!.MessageAttributes!.kind!.StringValue], ['one', 'test'])
  assert.deepEqual(await receive(), [])
  microseconds += 29_000_000
  assert.deepEqual(await receive(), [])
  microseconds += 1_000_000
  assert.equal(await count(), 1)
  const [second] = await receive()
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second!.ReceiptHandle }))
  microseconds += 60_000_000
  assert.equal(await count(), 0)
  const gone = new SendMessageCommand({ QueueUrl: `${QueueUrl}x`, MessageBody: 'one' })
  await refused(sqs.send(gone), 'QueueDoesNotExist', 400)
})

test('a queue keeps the newest thousand messages', () => {
  const Resources = { letters: { Type: 'AWS::SQS::Queue' } }
  const assembly = { template: { Resources }, stackName: 'Test' }
  const options = {
    parameters: {},
    addresses: { apis: new Map<string, string>(), endpointUrl: 'http://local' },
  }
  const stack = openStack({
    ...options,
    assembly: assembly as unknown as Parameters<typeof openStack>[0]['assembly'],
  })
  const logged: string[] = []
  const clock = { now: () => 0, realMillisecondsUntil: () => 0 }
  const [queue] = openQueues(stack, clock, text => logged.push(text))
  for (let number = 0; number < 1_002; number++) queue!.send(String(number))
  assert.deepEqual(queue!.counts, { visible: 1_000, hidden: 0 })
  assert.equal(queue!.receive(1, 30)[0]!.body, '2')
  assert.equal(logged.length, 2)
})

test('the boot refuses a queue that is missing or that a role may not use', async t => {
  const refusedBoot = (resources: Resources, message: RegExp) =>
    assert.rejects(boot(t, { resources: { ...RESOURCES, ...resources } }), message)
  const invoke = allow('lambda:InvokeFunction', ref('hoursLive'))
  await refusedBoot(
    role('schedulerRole', [invoke]),
    /schedule: the role .* does not allow sqs:SendMessage on arn:aws:sqs/,
  )
  const config = (Destination: unknown): Resources => ({
    config: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: ref('hours'),
        Qualifier: 'live',
        DestinationConfig: { OnFailure: { Destination } },
      },
    },
  })
  await refusedBoot(config('arn:aws:sqs:x:1:gone'), /config: OnFailure: expected a queue of this stack/)
  await refusedBoot(
    { ...config(att('letters', 'Arn')), ...fn('hours', []) },
    /config: the function's role does not allow sqs:SendMessage/,
  )
})

test('a role needs rights on the schedule, and the right to pass the role of its target', async t => {
  const schedule = att('schedule', 'Arn')
  const { lab, Name, get } = await start(t, {
    ...RESOURCES,
    ...fn('reader', [allow(['scheduler:GetSchedule', 'scheduler:UpdateSchedule'], schedule)]),
    ...fn('writer', [
      allow('scheduler:UpdateSchedule', schedule),
      allow('iam:PassRole', att('schedulerRole', 'Arn')),
    ]),
  })
  const { ScheduleExpression, FlexibleTimeWindow, Target } = await get()
  const input = { Name, ScheduleExpression, FlexibleTimeWindow, Target, State: 'DISABLED' as const }
  const as = async (name: string) => {
    await lab.cloud.invoke(name, {})
    const sdk = new SchedulerClient(client(lab.cloud, lab.seen.findLast(seen => seen.fn === name)!.env))
    t.after(() => sdk.destroy())
    return sdk
  }
  const [reader, writer] = [await as('reader'), await as('writer')]
  await reader.send(new GetScheduleCommand({ Name }))
  await refused(reader.send(new UpdateScheduleCommand(input)), 'AccessDeniedException', 403)
  await refused(writer.send(new GetScheduleCommand({ Name })), 'AccessDeniedException', 403)
  await writer.send(new UpdateScheduleCommand(input))
})
