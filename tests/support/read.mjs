// Reads the feed on standard input with the reader that is named, and tells its items as JSON.
import { readFileSync } from "node:fs";
import { parseFeed } from "feedsmith";
import Parser from "rss-parser";

const text = readFileSync(0, "utf-8");
const read = {
  feedsmith: () => parseFeed(text).feed,
  "rss-parser": () => new Parser().parseString(text),
};
const feed = await read[process.argv[2]]();
console.log(JSON.stringify(feed.items ?? feed.entries));
