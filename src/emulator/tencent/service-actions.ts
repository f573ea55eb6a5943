import type { ActionTable } from "./action.ts";

/** The actions about the service itself. */
export const SERVICE_ACTIONS: ActionTable = {
  GetServiceStatus: {
    parameters: {},
    run: ({ keys, region }) => ({
      ServiceEnabled: true,
      InvalidType: 1,
      UserLevel: 0,
      ProExpireTime: 0,
      ProRenewFlag: 0,
      ProResourceId: "",
      ExclusiveVSMEnabled: false,
      ExclusiveHSMEnabled: false,
      SubscriptionInfo: "",
      CmkUserCount: keys.list(region).length,
      CmkLimit: 200,
      ExclusiveHSMList: [],
      IsAllowedDataKeyHosted: false,
      IsAllowedSync: false,
    }),
  },
};
