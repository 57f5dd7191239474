/** The HTTP API: one origin for people, hosts and scripts. Every caller is authenticated by the functions (DPoP). */
import { stage } from "./stage.ts";

export const api = new sst.aws.ApiGatewayV2("Api", {
  // No page of another origin has business here.
  cors: false,
  domain: stage.domain,
  accessLog: { retention: "1 year" },
  transform: {
    api: (args) => {
      // Proofs and tokens name the public URL; a second way in would only serve replays.
      args.disableExecuteApiEndpoint = stage.domain !== undefined;
    },
    stage: (args) => {
      args.defaultRouteSettings = { throttlingRateLimit: 2000, throttlingBurstLimit: 1000 };
    },
  },
});

export const publicUrl = api.url;
