import { describe, expect, test } from "vitest";
import { buildConsole } from "./build.ts";

describe("the console is built", () => {
  test("to one document, and to what it names, under names that change with what they hold", async () => {
    const { "index.html": page = "", ...assets } = await buildConsole();
    const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(new Set(named)).toEqual(new Set(Object.keys(assets).map((name) => `/assets/${name}`)));
    expect(Object.keys(assets).toSorted()).toEqual([
      expect.stringMatching(/^icon-[A-Z0-9]{8}\.svg$/),
      expect.stringMatching(/^main-[A-Z0-9]{8}\.js$/),
      expect.stringMatching(/^style-[A-Z0-9]{8}\.css$/),
    ]);
  });

  test("without a script or a style in the document itself, which the policy forbids", async () => {
    const { "index.html": page = "" } = await buildConsole();
    expect(page).not.toMatch(/<style|style=|\son\w+=|<script[^>]*>[^<]/);
  });

  test("to the same each time", async () => {
    expect(await buildConsole()).toEqual(await buildConsole());
  });

  test("or isn't, and it is said why", async () => {
    const failed = Object.assign(new Error("Build failed"), {
      errors: [{ text: 'Could not resolve "react"' }],
    });
    const broken = () => ({ build: () => Promise.reject(failed), stop: () => Promise.resolve() });
    await expect(buildConsole(broken)).rejects.toMatchObject({
      code: "internal",
      message: 'the web console can\'t be built: Could not resolve "react"',
      data: { hint: expect.stringContaining("install") },
    });
  });
});
