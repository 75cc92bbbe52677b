// Reads the feed on standard input with podcast-partytime, and tells it as JSON.
import { readFileSync } from "node:fs";
import partytime from "podcast-partytime";

console.log(JSON.stringify(partytime.parseFeed(readFileSync(0, "utf-8"))));
