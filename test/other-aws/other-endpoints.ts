/**
 * Endpoints of other implementations, with which `npm run test:other-aws` repeats tests. `undefined`: a test starts the stand-in
 * of local/cloud.
 */
export const OTHER_DYNAMODB = process.env.ITASTREAM_OTHER_DYNAMODB
export const OTHER_KINESIS = process.env.ITASTREAM_OTHER_KINESIS
