export type { TencentCredentials } from "./credential-source.ts";
export type { TencentKmsClient, TencentKmsOptions } from "./options.ts";
export { tencentKms } from "./tencent-kms.ts";
