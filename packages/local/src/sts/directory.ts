/** The users and roles that the stand-in STS knows, and the sessions that it has opened. */
import { randomBytes } from "node:crypto";
import { parseArn } from "@postern/core/iam/arn";
import { z } from "zod";
import { Policy } from "./policy.ts";

const identity = {
  arn: z.string().startsWith("arn:"),
  policies: z.array(Policy).default([]),
  boundary: Policy.optional(),
};

const User = z.strictObject({ ...identity, accessKeyId: z.string(), secretAccessKey: z.string() });
const Role = z.strictObject({
  ...identity,
  trust: Policy,
  /** An hour, where a role doesn't say. */
  maxSessionSeconds: z.int().default(3_600),
});
type Role = z.output<typeof Role>;

export const Accounts = z.strictObject({
  users: z.array(User).default([]),
  roles: z.array(Role).default([]),
});
export type Accounts = z.output<typeof Accounts>;

/** Who has signed a request. */
export interface Principal {
  /** As `GetCallerIdentity` names it. */
  readonly arn: string;
  readonly account: string;
  readonly policies: readonly Policy[];
  readonly boundary?: Policy | undefined;
  /** Of a session: the role's own ARN, by which policies name it. */
  readonly roleArn?: string;
}

/** An access key with all that a request signed by it must be checked against. */
export interface KnownKey {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since 1970; of a user's key there is none. */
  readonly expiresAt?: number;
  readonly principal: Principal;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export class Directory {
  readonly #keys = new Map<string, KnownKey>();
  readonly #roles: ReadonlyMap<string, Role>;

  constructor({ users, roles }: Accounts) {
    this.#roles = new Map(roles.map((role) => [role.arn, role]));
    for (const { accessKeyId, secretAccessKey, ...user } of users)
      this.#keys.set(accessKeyId, { secretAccessKey, principal: { ...user, account: accountOf(user.arn) } });
  }

  key(accessKeyId: string): KnownKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  role(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  /** Credentials of a role: what `AssumeRole` gives, and what a machine or a function finds in its metadata. */
  openSession(role: Role, name: string, expiresAt: number): SessionCredentials {
    const account = accountOf(role.arn);
    const roleName = role.arn.slice(role.arn.lastIndexOf("/") + 1);
    const { policies, boundary, arn: roleArn } = role;
    const arn = `${role.arn.split(":").slice(0, 2).join(":")}:sts::${account}:assumed-role/${roleName}/${name}`;
    const credentials = {
      accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
      secretAccessKey: randomBytes(20).toString("hex"),
      sessionToken: randomBytes(64).toString("base64"),
    };
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const principal = { arn, account, policies, boundary, roleArn };
    this.#keys.set(accessKeyId, { secretAccessKey, sessionToken, expiresAt, principal });
    return { ...credentials, expiration: new Date(expiresAt) };
  }
}

function accountOf(arn: string): string {
  return parseArn(arn)?.account ?? "";
}
