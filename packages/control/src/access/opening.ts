import type { OpenSessionRequest } from "@postern/core/api/host";
import type { Call, CallerOf } from "../caller.ts";
import type { CloudReport } from "../health/cloud-problem.ts";
import type { Base } from "../ports.ts";
import type { IamTokens } from "./iam-tokens.ts";

/** What `authorize` has besides: it alone signs in to databases. */
export interface AuthorizeDeps extends Base {
  readonly iamTokens: IamTokens;
  readonly reportCloud: CloudReport;
}

/** One request to connect, and the ids under which it is answered and recorded. */
export interface Opening {
  readonly deps: AuthorizeDeps;
  readonly call: Call<CallerOf<"host">>;
  readonly request: OpenSessionRequest;
  readonly sid: string;
  readonly decisionId: string;
}
