/** What a handler is: the use case of a row of the route table, with the row's own types. */
import type { Call, CallerOf } from "@postern/control/caller";
import type { FunctionName, Route } from "@postern/core/api/route";
import type { RouteName, Routes } from "@postern/core/api/routes";
import type { z } from "zod";

type Part<R extends Route, K extends "params" | "query" | "body"> =
  R extends Record<K, infer S extends z.ZodType> ? z.output<S> : unknown;

/** Parameters, query and body of a row, merged: no row has two that name the same field. */
export type InputOf<N extends RouteName> = Part<Routes[N], "params"> &
  Part<Routes[N], "query"> &
  Part<Routes[N], "body">;

type CallersOf<N extends RouteName> = CallerOf<Routes[N]["callers"][number]>;

export type Handler<N extends RouteName, Deps> = (
  deps: Deps,
  call: Call<CallersOf<N>>,
  input: InputOf<N>,
) => Promise<z.output<Routes[N]["response"]>>;

/** The rows of one function. */
export type RouteOf<F extends FunctionName> = {
  [N in RouteName]: Routes[N]["function"] extends F ? N : never;
}[RouteName];

/** One handler for every row of the function, and none besides. */
export type Handlers<F extends FunctionName, Deps> = { readonly [N in RouteOf<F>]: Handler<N, Deps> };
