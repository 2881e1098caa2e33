import { Duration } from 'aws-cdk-lib';
import {
  HeadersFrameOption,
  HeadersReferrerPolicy,
  type ResponseHeadersPolicyProps,
} from 'aws-cdk-lib/aws-cloudfront';

/**
 * Headers of every answer. They are an API's: an answer is data, which no browser may show as a
 * page, guess the type of, or keep.
 */
export const answerHeaders = (responseHeadersPolicyName: string): ResponseHeadersPolicyProps => ({
  responseHeadersPolicyName,
  securityHeadersBehavior: {
    strictTransportSecurity: { accessControlMaxAge: Duration.days(730), override: true },
    contentSecurityPolicy: {
      contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
      override: true,
    },
    contentTypeOptions: { override: true },
    frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
    // addresses hold ids
    referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
  },
  customHeadersBehavior: {
    customHeaders: [{ header: 'cache-control', value: 'no-store', override: true }],
  },
});
