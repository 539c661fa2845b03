/** Runs as a child under another uid: builds, copies and compares a tree in the folder given, and prints what differs as JSON. */
import { compareByTools, compareFacts, missingTools } from "./compare-trees.ts";
import { copyTreeLocally } from "./copy-local-tree.ts";
import { buildFidelityTree } from "./fidelity-tree.ts";

const folder = process.argv[2] ?? "";
const [from, to] = [`${folder}/from`, `${folder}/to`];
buildFidelityTree(from, { superuser: false, largeDirectoryEntries: 20 });
const errors = await copyTreeLocally(from, to, { privileged: false });
const tools = (await missingTools()).length > 0 ? [] : await compareByTools(from, to);
process.stdout.write(JSON.stringify({ errors: errors.map(({ message }) => message), facts: compareFacts(from, to), tools }));
