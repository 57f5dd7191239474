// oxlint-disable-next-line import/no-unassigned-import -- It sets zod up, before any schema is made.
import "./jitless.ts";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("the document has no place for the console");
createRoot(root).render(<App />);
