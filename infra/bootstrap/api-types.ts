import type { Environment } from '../config/environment.ts';
import { of, type ResourceType, type ResourceTypes } from './resource-type.ts';

const hasApi = ({ api }: Environment) => api !== undefined;
const hasDomain = ({ api }: Environment) => api?.domain !== undefined;

/**
 * Permissions for parts of an API. API Gateway has one action per HTTP method, which applies to all
 * types.
 */
const part: ResourceType = {
  in: ['home'],
  when: hasApi,
  calls: { api: of('apigateway', 'DELETE GET PATCH POST PUT') },
};

/** Resource types of the API's stack and of the edge. */
export const apiTypes: ResourceTypes = {
  'AWS::ApiGatewayV2::Api': {
    ...part,
    calls: { ...part.calls, apiRole: ['iam:CreateServiceLinkedRole'] },
  },
  'AWS::ApiGatewayV2::Authorizer': part,
  'AWS::ApiGatewayV2::Integration': part,
  'AWS::ApiGatewayV2::Route': part,
  'AWS::ApiGatewayV2::Stage': {
    ...part,
    calls: {
      ...part.calls,
      // API Gateway developer guide, "Configure logging for HTTP APIs": log delivery is configured
      // per account
      region: of(
        'logs',
        'CreateLogDelivery DeleteLogDelivery GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery',
      ),
    },
  },
  'AWS::ApiGatewayV2::ApiMapping': { ...part, when: hasDomain },
  'AWS::ApiGatewayV2::DomainName': { ...part, when: hasDomain },
  'AWS::Lambda::Permission': {
    in: ['home'],
    when: hasApi,
    calls: {
      calledFunctions: of('lambda', 'AddPermission RemovePermission'),
      functions: ['lambda:GetPolicy'],
    },
  },
  'AWS::CloudFront::Distribution': {
    in: ['edge'],
    calls: {
      region: ['cloudfront:CreateDistribution'],
      distributions: of(
        'cloudfront',
        'DeleteDistribution GetDistribution GetDistributionConfig ListTagsForResource TagResource UntagResource UpdateDistribution',
      ),
      firewalls: ['wafv2:GetWebACL'],
      // the template references the header's value, and CloudFormation resolves it
      originHeader: ['secretsmanager:GetSecretValue'],
    },
  },
  'AWS::CloudFront::ResponseHeadersPolicy': {
    in: ['edge'],
    calls: {
      region: ['cloudfront:CreateResponseHeadersPolicy'],
      distributions: of(
        'cloudfront',
        'DeleteResponseHeadersPolicy GetResponseHeadersPolicy UpdateResponseHeadersPolicy',
      ),
    },
  },
  'AWS::WAFv2::WebACL': {
    in: ['edge'],
    calls: {
      firewalls: of(
        'wafv2',
        'CreateWebACL DeleteWebACL GetWebACL ListTagsForResource TagResource UntagResource UpdateWebACL',
      ),
    },
  },
};
