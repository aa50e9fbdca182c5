/** The log groups of the stack: how long they are kept, and with which key they are encrypted. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Keys } from './keys.ts'

/** What a stage says about its logs. */
export interface LogConfig {
  readonly retention: RetentionDays
  /** Whether logs stay when the stack is deleted. */
  readonly kept: boolean
  /** Whether access logs have the address that the request came from, and the log of connect that of the app. */
  readonly addresses: boolean
  /**
   * Access logs of the WebSocket API need a role that API Gateway has once for an account and region. `stack`: the stack sets it. `account`:
   * somebody has set it. `none`: the API writes no access log.
   */
  readonly webSocketRole: 'stack' | 'account' | 'none'
}

/** The logs of a stage, with the key of its stack. */
export interface LogSetting extends LogConfig {
  readonly keys: Keys
}

/** Adds a log group. Its name starts with the name of the stack: the policy of the key asks for it. */
export function addLog(scope: Construct, id: string, { retention, kept, keys }: LogSetting): LogGroup {
  return new LogGroup(scope, id, {
    retention,
    removalPolicy: kept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    ...(keys.events === undefined ? {} : { encryptionKey: keys.events }),
  })
}
