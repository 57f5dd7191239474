import { beforeAll, describe, expect, test } from "vitest";
import { graphMutants, reportedBy, type SourceMutant, sourceMutants } from "./mutants.ts";
import { rules, violations } from "./rules/violations.ts";
import type { Graph } from "./support/graph.ts";
import { ensurePlatform } from "./support/platform.ts";
import { evaluate, evaluateAll, production } from "./support/stages.ts";

const platform = await ensurePlatform();

describe.skipIf(platform.type === "unreachable")(
  "a mistake in the infrastructure is reported, and nothing else",
  () => {
    /** Under `undefined` the source as it is. */
    let graphs: Map<SourceMutant | undefined, Graph>;

    beforeAll(async () => {
      graphs = await evaluateAll([undefined, ...sourceMutants], (mutant) =>
        evaluate(production, mutant === undefined ? [] : [mutant.edit]),
      );
    }, 300_000);

    test.each(sourceMutants)("in the source: $title", (mutant) => {
      const graph = graphs.get(mutant);
      expect(graph && reported(graph)).toEqual([...mutant.reported].sort());
    });

    test.each(graphMutants)("in the graph: $title", ({ change, reported: expected }) => {
      const graph = structuredClone(graphs.get(undefined));
      if (graph !== undefined) change(graph);
      expect(graph && reported(graph)).toEqual([...expected].sort());
    });

    test("every rule was seen to fail", () => {
      const seen = [...sourceMutants, ...graphMutants].flatMap((mutant) =>
        mutant.reported.map((line) => line.split(" of ")[0]),
      );
      expect(Object.keys(rules(production.expectations)).filter((rule) => !seen.includes(rule))).toEqual([]);
    });
  },
);

function reported(graph: Graph) {
  return reportedBy(violations(graph, production.expectations));
}
