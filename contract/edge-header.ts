/** The header that CloudFront adds to the requests that it sends to the APIs. */

/**
 * Its value is a secret that CloudFront and the functions know, so a request with it came through CloudFront. CloudFront replaces a
 * header of the same name in the request of a reader (CloudFront developer guide, "Add custom headers to origin requests").
 */
export const EDGE_HEADER = 'x-itastream-edge'
