/** Sizes of the template's resources. `test/tools/cost/sizes.test.ts` compares every figure with the template. */

/** Size of a Fargate task (cdk/ingest-service.ts). */
export const TASK_VCPU = 0.5
export const TASK_GB = 1

/** Memory of functions, GB (cdk/broadcast.ts, cdk/store-ticks.ts, cdk/realtime-api.ts, cdk/rest-api.ts, cdk/market-hours.ts,
 * cdk/alarms/canary.ts). */
export const BIG_FUNCTION_GB = 1769 / 1024
export const STORE_FUNCTION_GB = 896 / 1024
export const MESSAGE_FUNCTION_GB = 1
export const CONNECT_FUNCTION_GB = 0.5
export const REST_FUNCTION_GB = 1
export const SCHEDULED_FUNCTION_GB = 0.5

/** Number of schedules, and calls an hour of each: every five minutes (cdk/market-hours.ts). */
export const SCHEDULES = 2
export const CALLS_AN_HOUR = 12

/** Calls an hour of the canary while the plan has it on (cdk/alarms/canary.ts), and requests of a call: status, calendar, issues, board. */
export const CANARY_CALLS_AN_HOUR = 60
export const CANARY_REQUESTS = 4

/** Number of metrics with an alarm in the stages dev and prod (cdk/alarms/). */
export const ALARM_METRICS = 36
export const PROD_ALARM_METRICS = 104

/** Interface endpoints of the VPC, each with an address in each zone (cdk/network/). */
export const ENDPOINTS = 5
export const ZONES = 2
/** Keys of the stack (cdk/data/keys.ts). */
export const KEYS = 2
/** Rules of the firewall; a group of AWS counts as one (cdk/edge/firewall-rules.ts). */
export const FIREWALL_RULES = 8
/** Secrets that the stack makes: the header that CloudFront adds (cdk/edge/edge-header.ts). */
export const SECRETS = 1
