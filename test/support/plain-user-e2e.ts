/** Runs as a child under another uid: backs a tree up with bin/varve, restores it in the folder given, and prints what differs as JSON. */
import { compareByTools, compareFacts, missingTools } from "./compare-trees.ts";
import { buildFidelityTree } from "./fidelity-tree.ts";
import { itemErrorsOf, VarveProgram } from "./varve-program.ts";

const folder = process.argv[2] ?? "";
const [from, to] = [`${folder}/from`, `${folder}/to`];
const varve = new VarveProgram(`${folder}/home`, { VARVE_REPOSITORY: `${folder}/repo` });
buildFidelityTree(from, { superuser: false, largeDirectoryEntries: 300 });
await varve.succeed("init", "--no-password");
await varve.succeed("backup", from);
const items = itemErrorsOf(await varve.succeed("restore", "latest", "--to", to, "--verify", "--json"));
const tools = (await missingTools()).length > 0 ? [] : await compareByTools(from, to);
process.stdout.write(JSON.stringify({ items, facts: compareFacts(from, to), tools }));
