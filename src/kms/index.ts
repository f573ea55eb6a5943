export type * from "./provider.ts";
export { resilient, type ResilientOptions } from "./resilient.ts";
export {
  type TencentCredentials,
  tencentKms,
  type TencentKmsClient,
  type TencentKmsOptions,
} from "./tencent/index.ts";
