/**
 * The console's addresses, on the API's own origin: its pages, which are one document, and the files that this loads.
 * The infrastructure, the functions and the console read them here.
 */
export const pagePaths = ["/", "/login", "/invite", "/activity"] as const;
export type PagePath = (typeof pagePaths)[number];

/** Each is named after what it holds, and so never changes. */
export const assetPath = "/assets/{file}";

export const consolePaths = [...pagePaths, assetPath] as const;
export const consoleMethods = ["GET", "HEAD"] as const;

/** What the console is built to: its document under `index.html`, and each asset under its name. */
export type ConsoleFiles = Readonly<Record<string, string>>;
