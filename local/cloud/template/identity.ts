/** The values of `Ref` and `Fn::GetAtt` for a resource. They follow from the template alone, before anything runs. */
import { functionArn, readAddress } from '../functions/function-address.ts'
import { fnv1a } from '../text-hash.ts'
import { ACCOUNT, arn, REGION } from './place.ts'
import { TemplateError } from './template-error.ts'

export interface Identity {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Addresses of the APIs, whose ports are bound before the template is resolved. */
export interface Addresses {
  /** `ApiEndpoint` of an API, by logical id. */
  readonly apis: ReadonlyMap<string, string>
  /** Endpoint of the AWS APIs: the URLs of queues begin with it. */
  readonly endpointUrl: string
}

export interface IdentityInput {
  readonly stackName: string
  readonly logicalId: string
  readonly type: string
  /** Returns a resolved property as text; `undefined` when the template has none. */
  property(name: string): string | undefined
  readonly addresses: Addresses
}

type Identify = (input: IdentityInput) => Identity

/** Returns an id in the form of API Gateway: ten characters of a–z and 0–9. */
function shortId(logicalId: string): string {
  const half = (text: string): string => fnv1a(text).toString(36).padStart(7, '0').slice(-5)
  return half(logicalId) + half(`${logicalId}.`)
}

const named =
  (nameProperty: string, service: string, prefix: string): Identify =>
  ({ stackName, logicalId, property }) => {
    const ref = property(nameProperty) ?? `${stackName}-${logicalId}`
    return { ref, attributes: { Arn: arn(service, prefix + ref) } }
  }

const idOnly: Identify = ({ logicalId }) => ({ ref: shortId(logicalId), attributes: {} })

/** IAM is global: its ARNs have no region. */
const iam =
  (nameProperty: string, kind: string): Identify =>
  ({ stackName, logicalId, property }) => {
    const ref = property(nameProperty) ?? `${stackName}-${logicalId}`
    return { ref, attributes: { Arn: `arn:aws:iam::${ACCOUNT}:${kind}/${ref}`, RoleId: shortId(logicalId) } }
  }

/** Number of the one version that a function has here. */
const FIRST_VERSION = '1'

const IDENTITIES: Readonly<Record<string, Identify>> = {
  'AWS::Kinesis::Stream': named('Name', 'kinesis', 'stream/'),
  'AWS::Kinesis::StreamConsumer': ({ logicalId, property }) => {
    const consumer = `${property('StreamARN')}/consumer/${property('ConsumerName')}:${fnv1a(logicalId)}`
    return {
      ref: consumer,
      attributes: {
        ConsumerARN: consumer,
        ConsumerName: property('ConsumerName') ?? '',
        StreamARN: property('StreamARN') ?? '',
      },
    }
  },
  'AWS::DynamoDB::Table': named('TableName', 'dynamodb', 'table/'),
  'AWS::DynamoDB::GlobalTable': named('TableName', 'dynamodb', 'table/'),
  'AWS::Lambda::Function': named('FunctionName', 'lambda', 'function:'),
  'AWS::Lambda::Version': ({ property }) => {
    const { name } = readAddress(property('FunctionName') ?? '')
    const ref = functionArn({ name, qualifier: FIRST_VERSION })
    return { ref, attributes: { FunctionArn: ref, Version: FIRST_VERSION } }
  },
  'AWS::Lambda::Alias': ({ property }) => {
    const { name } = readAddress(property('FunctionName') ?? '')
    const ref = functionArn({ name, qualifier: property('Name') })
    return { ref, attributes: { AliasArn: ref } }
  },
  'AWS::Lambda::EventSourceMapping': ({ logicalId }) => {
    const ref = shortId(logicalId)
    const mappingArn = arn('lambda', `event-source-mapping:${ref}`)
    return { ref, attributes: { Id: ref, EventSourceMappingArn: mappingArn } }
  },
  'AWS::CloudWatch::Alarm': named('AlarmName', 'cloudwatch', 'alarm:'),
  'AWS::Logs::LogGroup': named('LogGroupName', 'logs', 'log-group:'),
  'AWS::IAM::Role': iam('RoleName', 'role'),
  'AWS::IAM::Policy': iam('PolicyName', 'policy'),
  'AWS::IAM::ManagedPolicy': ({ stackName, logicalId, property }) => {
    const ref = `arn:aws:iam::${ACCOUNT}:policy/${property('ManagedPolicyName') ?? `${stackName}-${logicalId}`}`
    return { ref, attributes: { PolicyArn: ref } }
  },
  'AWS::ApiGatewayV2::Api': ({ logicalId, addresses }) => {
    const id = shortId(logicalId)
    return { ref: id, attributes: { ApiId: id, ApiEndpoint: addresses.apis.get(logicalId) ?? '' } }
  },
  'AWS::ApiGatewayV2::Stage': ({ property }) => ({ ref: property('StageName') ?? '', attributes: {} }),
  'AWS::ApiGatewayV2::Route': idOnly,
  'AWS::ApiGatewayV2::Integration': idOnly,
  'AWS::ApiGatewayV2::Authorizer': input => {
    const { ref } = idOnly(input)
    return { ref, attributes: { AuthorizerId: ref } }
  },
  'AWS::ApiGatewayV2::Deployment': idOnly,
  'AWS::SQS::Queue': ({ stackName, logicalId, property, addresses }) => {
    const name = property('QueueName') ?? `${stackName}-${logicalId}`
    const ref = `${addresses.endpointUrl}/${ACCOUNT}/${name}`
    return { ref, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: ref } }
  },
  'AWS::Scheduler::Schedule': named('Name', 'scheduler', 'schedule/default/'),
  'AWS::Scheduler::ScheduleGroup': named('Name', 'scheduler', 'schedule-group/'),
  'AWS::ECS::Cluster': named('ClusterName', 'ecs', 'cluster/'),
  'AWS::ECS::TaskDefinition': ({ stackName, logicalId, property }) => {
    const ref = arn('ecs', `task-definition/${property('Family') ?? `${stackName}${logicalId}`}:1`)
    return { ref, attributes: { TaskDefinitionArn: ref } }
  },
  'AWS::ECS::Service': ({ stackName, logicalId, property }) => {
    const name = property('ServiceName') ?? `${stackName}-${logicalId}`
    // The property is a name or an ARN. The ARN of the service contains the name.
    const cluster = property('Cluster')?.split('/').at(-1) ?? 'default'
    const ref = arn('ecs', `service/${cluster}/${name}`)
    return { ref, attributes: { Name: name, ServiceArn: ref } }
  },
  'AWS::SecretsManager::Secret': ({ stackName, logicalId, property }) => {
    const ref = arn('secretsmanager', `secret:${property('Name') ?? `${stackName}-${logicalId}`}-local0`)
    return { ref, attributes: { Id: ref } }
  },
  'AWS::S3::Bucket': ({ stackName, logicalId, property }) => {
    const ref = property('BucketName') ?? `${stackName}-${logicalId}`.toLowerCase()
    const domains = {
      DomainName: `${ref}.s3.amazonaws.com`,
      RegionalDomainName: `${ref}.s3.${REGION}.amazonaws.com`,
    }
    return { ref, attributes: { Arn: `arn:aws:s3:::${ref}`, ...domains } }
  },
  'AWS::CloudFront::Distribution': ({ logicalId }) => {
    const ref = shortId(logicalId).toUpperCase()
    return { ref, attributes: { Id: ref, DomainName: `${ref.toLowerCase()}.cloudfront.net` } }
  },
}

/** Attributes that are only names. A resource that does not run has them too. */
const NAMING_ATTRIBUTE = /^(Arn|.*Arn|Id|.*Id|Name|.*Name)$/

/** Returns `Ref` and attributes of a resource. */
export function identityOf(input: IdentityInput): Identity {
  return IDENTITIES[input.type]?.(input) ?? { ref: `${input.stackName}-${input.logicalId}`, attributes: {} }
}

/**
 * Returns an attribute of a resource.
 * @throws TemplateError when the type has no such attribute here.
 */
export function attributeOf(input: IdentityInput, attribute: string): string {
  const { ref, attributes } = identityOf(input)
  const value = attributes[attribute]
  if (value !== undefined) return value
  if (IDENTITIES[input.type] === undefined && NAMING_ATTRIBUTE.test(attribute)) {
    const service = input.type.split('::')[1]!.toLowerCase()
    return attribute.endsWith('Arn') ? `arn:aws:${service}:${REGION}:${ACCOUNT}:${ref}` : ref
  }
  throw new TemplateError(input.logicalId, `expected a known attribute of ${input.type}, got "${attribute}"`)
}
