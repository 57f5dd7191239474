/** What `npm start` starts, with a browser before it. */
import { type Client, createClient } from "@postern/client/client";
import { importProofKey } from "@postern/client/proof";
import { keepAdminIdentity } from "@postern/local/runtime/admin-identity";
import { openDataFolder } from "@postern/local/runtime/data-folder";
import type { Page } from "playwright-core";
import { type Local, startLocal } from "../../support/local.ts";
import { launchBrowser, openPage, openProfile } from "./browser.ts";

export interface WebStage {
  readonly local: Local;
  /** As the local admin. */
  readonly admin: Client;
  /** All that pages complained of so far: errors, warnings, violations of the Content Security Policy. */
  readonly complaints: string[];
  /** The one page of somebody who was never here, at a path of the console. */
  open(path: string): Promise<Page>;
  /** The same, with somebody logged in. */
  openAs(person: Person, path?: string): Promise<Page>;
  /** The address of a new user's invite. */
  invite(name: string, roles: readonly string[]): Promise<string>;
  /** A user with a password. */
  addUser(name: string, roles: readonly string[]): Promise<Person>;
  stop(): Promise<void>;
}

export interface Person {
  readonly user: string;
  readonly password: string;
}

export async function startWebStage(): Promise<WebStage> {
  const [local, browser] = await Promise.all([startLocal(), launchBrowser()]);
  const { http: url } = local.ready;
  const complaints: string[] = [];
  const profile = await openProfile(browser, url, complaints);
  const admin = await connectAdmin(local);
  const open = async (path: string) => {
    const page = await openPage(profile, url);
    await page.goto(path);
    return page;
  };
  const invite = async (name: string, roles: readonly string[]) =>
    (await admin.call("inviteUser", { body: { name, roles: [...roles] } })).invite_url;
  return {
    local,
    admin,
    complaints,
    open,
    async openAs(person, path = "/") {
      const page = await open(path);
      await logIn(page, person);
      await page.getByRole("button", { name: "Log out" }).waitFor();
      return page;
    },
    invite,
    async addUser(user, roles) {
      const password = `the password of ${user}`;
      const secret = new URL(await invite(user, roles)).hash.slice(1);
      await createClient({ url }).call("acceptInvite", { body: { invite: secret, password } });
      return { user, password };
    },
    async stop() {
      await browser.close();
      await local.remove();
    },
  };
}

async function connectAdmin({ dataDir, ready }: Local): Promise<Client> {
  const { key, access_token } = keepAdminIdentity(openDataFolder(dataDir).admin, ready.http);
  return createClient({ url: ready.http, key: await importProofKey(key), accessToken: () => access_token });
}

/** At the login, which a page shows to whoever isn't. */
export async function logIn(page: Page, { user, password }: Person): Promise<void> {
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}
