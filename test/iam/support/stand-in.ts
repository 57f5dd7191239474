/** Two accounts of AWS at the stand-in STS: one for the control plane and its hosts, one for databases. */
import { type Clock, hour } from "@postern/core/time";
import { type Sts, startSts } from "@postern/local/sts/sts";

export const region = "us-west-1";
export const home = "111111111111";
export const away = "222222222222";

export const roleOf = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** Lets these principals assume a role, under a condition. */
export function trust(principals: readonly string[], more: object = {}): object {
  const actions = ["sts:AssumeRole", "sts:SetSourceIdentity"];
  return policy({ Effect: "Allow", Principal: { AWS: principals }, Action: actions, ...more });
}

export function policy(...statements: readonly object[]): object {
  return { Version: "2012-10-17", Statement: statements };
}

/** A right of the authorize function to assume a role. */
export function mayAssume(resource: string, ...actions: readonly string[]): object {
  const whole = actions.length > 0 ? actions : ["sts:AssumeRole", "sts:SetSourceIdentity"];
  return policy({ Effect: "Allow", Action: whole, Resource: resource });
}

const lambda = trust(["arn:aws:iam::111111111111:root"]);

/** Roles for `authorize`, by what they may do; `proxy` and others for hosts. */
export async function startStandIn(roles: readonly object[] = [], now: Clock = Date.now): Promise<Sts> {
  const hosts = ["proxy", "intern"].map((name) => ({ arn: roleOf(home, name), trust: lambda }));
  return await startSts({
    accounts: { users: [], roles: [...hosts, ...roles] as never }, // the stand-in's schema checks them
    regions: [region, "eu-central-1"],
    now,
  });
}

/** What a host or a function finds as its own. */
export function credentialsOf(sts: Sts, roleArn: string, session = "task-1", life: number = hour) {
  return sts.sessionOf(roleArn, session, Date.now() + life);
}
