import { AccountApi, ChangesApi, Configuration, MilestonesApi, ResponseError, RootApi, SummaryApi } from "../typescript-fetch";
import { address, look } from "./expected";

const configuration = new Configuration({ basePath: address });

async function refused(asked: Promise<unknown>): Promise<number> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof ResponseError) return error.response.status;
    throw error;
  }
  return 0;
}

async function main(): Promise<void> {
  const milestones = new MilestonesApi(configuration);
  const start = await new RootApi(configuration).root();
  const list = await milestones.milestonesList({ series: ["AF-FORUM"], lang: "en" });
  const one = await milestones.milestonesDetail({ code: "AF-03" });
  const numbers = await new SummaryApi(configuration).summary();
  const log = await new ChangesApi(configuration).changes({ limit: 1 });
  look("openapi-generator typescript-fetch", {
    position: start.position,
    count: list.count,
    titles: list.results.map((milestone) => milestone.title),
    precision: one.baselineDue?.precision,
    missing: await refused(milestones.milestonesDetail({ code: "NO-1" })),
    milestones: numbers.counts.milestones,
    event: log.results[0]?.type,
    me: await refused(new AccountApi(configuration).me()),
  });
}

void main();
