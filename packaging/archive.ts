/** `glockd-VERSION-TARGET.tar.gz`: one directory with the binary and what belongs to it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type Contents, type PackagedFile, textFile } from "./contents.ts";
import { projectText, version } from "./project.ts";
import { run, stage } from "./staging.ts";

/** The archive's name without `.tar.gz`, and of the directory in it. */
export function archiveName(target: string): string {
  return `glockd-${version}-${target}`;
}

export interface ArchiveOptions {
  readonly target: string;
  readonly binary: string;
  readonly contents: Contents;
  /** Seconds since 1970. */
  readonly date: number;
  /** Where the archive goes. */
  readonly directory: string;
}

/** Makes it and returns its path. Needs GNU tar and gzip. */
export function makeArchive({ target, binary, contents, date, directory }: ArchiveOptions): string {
  const name = archiveName(target);
  const scratch = mkdtempSync(join(tmpdir(), "glockd-archive-"));
  try {
    stage(join(scratch, name), filesOf(target, binary, contents), date);
    const archive = join(directory, `${name}.tar.gz`);
    const tar = run([
      ...["tar", "--create", "--file=-", "--format=ustar", "--sort=name", `--mtime=@${date}`],
      ...["--owner=0", "--group=0", "--numeric-owner", `--directory=${scratch}`, name],
    ]);
    writeFileSync(join(scratch, "tar"), tar);
    // Without the name and the time of what is compressed.
    writeFileSync(archive, run(["gzip", "--no-name", "--stdout", join(scratch, "tar")]));
    return archive;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function filesOf(target: string, binary: string, contents: Contents): readonly PackagedFile[] {
  const { man, completions, units } = contents;
  const documents = ["LICENSE", "README.md", "CHANGELOG.md"];
  const completionPaths = { bash: "glockd.bash", zsh: "_glockd", fish: "glockd.fish" } as const;
  return [
    { path: basename(binary), mode: 0o755, content: { copyOf: binary } },
    ...documents.map((document) => textFile(document, projectText(document))),
    textFile("glockd.1", man),
    ...[...completions].map(([shell, text]) =>
      textFile(`completions/${completionPaths[shell]}`, text),
    ),
    ...(target.startsWith("linux")
      ? [...units].map(([unit, text]) => textFile(`systemd/${unit}`, text))
      : []),
  ];
}
