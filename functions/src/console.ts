/**
 * The console as a function: the files that it is built to, with what keeps its pages to themselves. It knows nothing but
 * these files and may do nothing, in AWS as on one machine.
 */
import { type ConsoleFiles, pagePaths } from "@postern/core/api/console";
import { Fault } from "@postern/core/fault";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { HttpFunction } from "./app.ts";
import { answerProblem, problemFrom } from "./problem.ts";

/** Everything is closed that the console's own files don't need: no script, style or frame but theirs, no other origin. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "font-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Text never becomes markup or script, not even by a mistake of ours.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** What a browser could give to pages. People copy commands. */
const permissionsPolicy = [
  "clipboard-write=(self)",
  ...[
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
  ].map((feature) => `${feature}=()`),
].join(", ");

const guards = {
  "content-security-policy": contentSecurityPolicy,
  "permissions-policy": permissionsPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** For browsers that came by https; over http it must not be said (RFC 6797, 7.2). */
const onlyHttps = { "strict-transport-security": "max-age=31536000" };

/** Makes the function `web` over what the console was built to. */
export function createConsole(files: ConsoleFiles): HttpFunction {
  const answers = answersOf(files);
  return async ({ headers, requestContext: { http } }) => {
    const answer = answers.get(http.path) ?? missing();
    return {
      ...answer,
      headers: { ...guards, ...(isHttps(headers) && onlyHttps), ...answer.headers },
      body: http.method === "HEAD" ? "" : answer.body,
    };
  };
}

/** API Gateway states it, whatever the client does. */
function isHttps(headers: APIGatewayProxyEventV2["headers"]): boolean {
  return headers["x-forwarded-proto"] === "https";
}

/** By path, exactly: nothing that a request says is looked up anywhere else. */
function answersOf({
  "index.html": page = "",
  ...assets
}: ConsoleFiles): ReadonlyMap<string, APIGatewayProxyStructuredResultV2> {
  // A page asks each time, so that it never names assets that are gone.
  const pages = pagePaths.map((path) => [path, file("index.html", page, "no-cache")] as const);
  const others = Object.entries(assets).map(
    ([name, text]) => [`/assets/${name}`, file(name, text, "public, max-age=31536000, immutable")] as const,
  );
  return new Map([...pages, ...others]);
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

function file(name: string, body: string, cacheControl: string): APIGatewayProxyStructuredResultV2 {
  const type = types[name.split(".").at(-1) ?? ""];
  if (type === undefined) throw new Error(`the console has a file of a kind that isn't served: ${name}`);
  return { statusCode: 200, headers: { "content-type": type, "cache-control": cacheControl }, body };
}

function missing(): APIGatewayProxyStructuredResultV2 {
  return answerProblem(problemFrom(new Fault("route.missing", "there is nothing at this path")));
}
