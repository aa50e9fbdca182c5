/** The edge: one CloudFront distribution in front of the REST API, the WebSocket API and the board page. */
import { Aws, CfnParameter, CfnRule, Duration, Fn } from 'aws-cdk-lib'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  PriceClass,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { Construct } from 'constructs'
import { EDGE_HEADER } from '../../contract/edge-header.ts'
import { acknowledge } from '../acknowledge.ts'
import type { LogConfig } from '../data/log-group.ts'
import { STAGE } from '../sizing.ts'
import type { SignIn } from '../users/sign-in.ts'
import { accessLogBucket, pageBucket } from './edge-buckets.ts'
import { answersToUsers, pageFiles, preflightHeaders, publicAnswers } from './edge-caching.ts'
import type { EdgeConfig } from './edge-config.ts'
import { regionalName } from './regional-name.ts'
import { pageHeaders, restHeaders } from './security-headers.ts'

/** Time for an answer of an API. Its functions have 10 s. */
const ANSWER_TIME = Duration.seconds(15)
/**
 * CloudFront always keeps these errors, for 10 s unless told otherwise (CloudFront developer guide, "How CloudFront processes HTTP
 * 4xx and 5xx status codes"). Without a time of our own `Cache-Control` decides: an issue may be listed a second later.
 */
const KEPT_ERRORS = [404, 414, 500, 501, 502, 503, 504]

/** Name of the rule by which CloudFormation refuses an edge without a firewall. */
export const FIREWALL_RULE = 'EdgeNeedsFirewall'

export interface EdgeProps {
  readonly config: EdgeConfig
  readonly logs: LogConfig
  /** Address of the HTTP API. */
  readonly restEndpoint: string
  /** Address of the WebSocket API with its stage. */
  readonly webSocketEndpoint: string
  /** Value of the secret header. */
  readonly header: string
  readonly tokens: SignIn
}

export class Edge extends Construct {
  readonly restUrl: string
  readonly webSocketUrl: string
  readonly pageUrl: string
  /** Name of the bucket for the files of the board page. */
  readonly pageBucket: string
  /** The name to which a DNS record of your own name leads. */
  readonly target: string

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id)
    const { config, logs } = props
    const page = pageBucket(this)
    const distribution = new Distribution(this, 'Distribution', {
      comment: Fn.join(' ', [Aws.STACK_NAME, 'REST API, WebSocket API and board page']),
      defaultRootObject: 'index.html',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(page, {
          originAccessControl: new S3OriginAccessControl(this, 'PageAccess', {
            originAccessControlName: regionalName(this, 'page'),
          }),
        }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: pageFiles(this),
        responseHeadersPolicy: pageHeaders(this, {
          domain: config.domain?.name,
          issuer: props.tokens.sources,
          signInOrigins: config.signInOrigins,
        }),
        compress: true,
      },
      additionalBehaviors: this.#apiBehaviors(props),
      errorResponses: KEPT_ERRORS.map(httpStatus => ({ httpStatus, ttl: Duration.seconds(0) })),
      httpVersion: HttpVersion.HTTP2_AND_3,
      // With its edges in Japan. The cheapest class has America and Europe alone.
      priceClass: PriceClass.PRICE_CLASS_200,
      enableLogging: true,
      logBucket: accessLogBucket(this, logs),
      logIncludesCookies: false,
      webAclId: this.#addFirewall(),
      ...this.#ownName(config),
    })
    this.#acknowledge(distribution, config)
    const name = config.domain?.name ?? distribution.distributionDomainName
    this.restUrl = `https://${name}`
    this.pageUrl = `https://${name}`
    this.webSocketUrl = `wss://${name}/${STAGE}`
    this.pageBucket = page.bucketName
    this.target = distribution.distributionDomainName
  }

  /** Returns the behaviors of the APIs. CloudFront takes the first one whose path matches. */
  #apiBehaviors({
    config,
    restEndpoint,
    webSocketEndpoint,
    header,
  }: EdgeProps): Record<string, BehaviorOptions> {
    const origin = {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      readTimeout: ANSWER_TIME,
      customHeaders: { [EDGE_HEADER]: header },
    }
    const rest = new HttpOrigin(Fn.parseDomainName(restEndpoint), {
      ...origin,
      originShieldRegion: config.originShield,
    })
    const answers = {
      origin: rest,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      originRequestPolicy: preflightHeaders(this),
      responseHeadersPolicy: restHeaders(this),
      compress: true,
    }
    return {
      '/v1/realtime/*': { ...answers, cachePolicy: answersToUsers(this) },
      '/v1/*': { ...answers, cachePolicy: publicAnswers(this) },
      [`/${STAGE}`]: {
        origin: new HttpOrigin(Fn.parseDomainName(webSocketEndpoint), origin),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // The headers of a WebSocket handshake, and the token in Sec-WebSocket-Protocol. API Gateway needs its own Host.
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
    }
  }

  /**
   * Returns the web ACL of the firewall stack, whose ARN is a parameter: a web ACL of CloudFront is in us-east-1. CloudFormation deploys no edge
   * without it. The default is for the local system, which has no edge.
   */
  #addFirewall(): string {
    const arn = new CfnParameter(this, 'Firewall', {
      default: '',
      description: 'Output WebAclArn of the firewall stack in us-east-1. The edge needs it.',
      allowedPattern: '^(arn:aws:wafv2:us-east-1:[0-9]{12}:global/webacl/[0-9A-Za-z_-]+/[0-9a-f-]{36})?$',
    })
    arn.overrideLogicalId('WebAclArn')
    const rule = new CfnRule(this, 'NeedsFirewall', {
      assertions: [
        {
          assert: Fn.conditionNot(Fn.conditionEquals(arn.valueAsString, '')),
          assertDescription:
            'WebAclArn is empty. Deploy the stack of the firewall first, and give its output.',
        },
      ],
    })
    rule.overrideLogicalId(FIREWALL_RULE)
    return arn.valueAsString
  }

  #ownName({ domain }: EdgeConfig) {
    if (domain === undefined) return {}
    return {
      domainNames: [domain.name],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    }
  }

  #acknowledge(distribution: Distribution, { domain }: EdgeConfig): void {
    acknowledge(distribution, {
      CFR1: 'Readers may be in any country. A broker that must not serve some adds a rule to the firewall.',
      ...(domain === undefined
        ? {
            CFR4: 'CloudFront allows no other minimum with its own name. A domain of your own has TLS 1.2.',
          }
        : {}),
    })
  }
}
