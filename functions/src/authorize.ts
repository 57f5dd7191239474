import { IamTokens } from "@postern/control/access/iam-tokens";
import { createRdsIamSigner } from "@postern/control/cloud/rds-iam";
import { createFunction } from "./app.ts";
import { reportCloud } from "./cloud-report.ts";
import { createBase } from "./deps.ts";
import { authorizeHandlers } from "./handlers/authorize.ts";

const base = createBase();
const iamTokens = new IamTokens(createRdsIamSigner({ clock: base.clock }));

export const handler = createFunction("authorize", authorizeHandlers, { ...base, iamTokens, reportCloud });
