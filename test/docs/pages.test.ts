/** What the pages name is there: other pages and their sections, files of this repository; settings are taken as they stand. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../infra/environment.ts";
import { root, runCommand } from "../support/local.ts";

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((page) => `docs/${page}`)];
const read = (page: string): string => readFileSync(join(root, page), "utf8");

/** As GitHub names the sections of a page in links. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(pages)("%s", (page) => {
  test("links lead to pages and sections that are there", () => {
    const links = [...read(page).matchAll(/\]\((?!https:)([^)#]*)(?:#([^)]*))?\)/g)];
    const dead = links.filter(([, path = "", section]) => {
      const target = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return section !== undefined && !anchorsOf(target).includes(section);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  });

  test("files of this repository are where it says", () => {
    const names = [
      ...read(page).matchAll(
        /`((?:test|infra|functions|packages|core|control|store|wire|client|proxy|cli|web|local)\/[\w./-]+)`/g,
      ),
    ].map(([, name = ""]) => name);
    const missing = names.filter((name) => {
      const [first = "", ...rest] = name.split("/");
      return ![name, join("packages", first, "src", ...rest)].some((path) => existsSync(join(root, path)));
    });
    expect(missing).toEqual([]);
  });
});

test("docs/deploy.md's settings are taken", async () => {
  const settings = [...read("docs/deploy.md").matchAll(/^ {4}(POSTERN_.*)$/gm)].map(([, line]) => line);
  const script = ["set -a", ...settings, `exec '${process.execPath}' -p 'JSON.stringify(process.env)'`];
  const { stdout } = await runCommand("bash", ["-c", script.join("\n")]);
  expect(parseEnvironment(JSON.parse(stdout) as Record<string, string>)).toMatchObject({
    POSTERN_DOMAIN: "postern.example.com",
    POSTERN_PROXY_DOMAIN: "db.postern.example.com",
    POSTERN_DATABASES: [{ name: "aurora", labels: { env: "prod" }, aws: { resource_id: "cluster-ABC" } }],
  });
});
