// What seven calls have to answer, whatever client makes them: `make clients`.

export interface Answers {
  position: number;
  count: number;
  titles: string[];
  precision: string | undefined;
  missing: number;
  milestones: number;
  event: string | undefined;
  me: number;
}

export function look(name: string, said: Answers): void {
  const faults: string[] = [];
  const insist = (good: boolean, what: string): void => {
    if (!good) faults.push(what);
  };
  insist(said.position > 0, "the root says its position");
  insist(said.count === 7 && said.titles.length === 7, "a series has seven editions");
  insist(said.precision === "year", "a date says how exact it is");
  insist(said.missing === 404, "what is not there is 404");
  insist(said.milestones > 100, "the summary counts milestones");
  insist(said.event === "roadmap.loaded", "the log begins with the load");
  insist(said.me === 401, "who has no account is told so");
  if (faults.length) {
    console.error(`${name}: not so: ${faults.join("; ")}`);
    process.exit(1);
  }
}

export const address = process.env["ADDRESS"] ?? "http://localhost:8000";
