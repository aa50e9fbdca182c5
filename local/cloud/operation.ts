/** An operation of an AWS API. */

/** Input and output are the JSON of the AWS API. Rejects with {@link AwsError} when AWS would answer with an error. */
export type Operation = (input: object) => Promise<object>
