/**
 * The Debian package: the binary, its units, manual page and completions, with scripts
 * that enable and start the service, and keep the store until the package is purged.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesOf, type Contents, type PackagedFile, textFile } from "../contents.ts";
import { homepage, maintainer, projectText, version } from "../project.ts";
import { run, stage } from "../staging.ts";

/** Debian's name of each target that there is a package for. */
export const debianArchitectures: Readonly<Record<string, string>> = {
  "linux-x64": "amd64",
  "linux-arm64": "arm64",
};

export interface DebOptions {
  readonly target: string;
  readonly binary: string;
  readonly contents: Contents;
  /** Seconds since 1970. */
  readonly date: number;
  readonly directory: string;
  /** package.json's unless given; tests of upgrades want two. */
  readonly packageVersion?: string;
  /** For dpkg-deb; xz as Debian has it unless given. */
  readonly compression?: readonly string[];
}

/** Makes it and returns its path. Needs dpkg-deb. */
export function makeDeb(options: DebOptions): string {
  const { target, date, directory, packageVersion = version, compression = ["-Zxz"] } = options;
  const architecture = debianArchitectures[target];
  if (architecture === undefined) throw new Error(`there is no Debian package for ${target}`);
  const scratch = mkdtempSync(join(tmpdir(), "glockd-deb-"));
  try {
    const files = installedFiles(options, packageVersion);
    const control = controlFiles(files, { architecture, version: packageVersion });
    const tree = join(scratch, "tree");
    stage(tree, [...files, ...control], date);
    const deb = join(directory, `glockd_${packageVersion}_${architecture}.deb`);
    run(["dpkg-deb", "--root-owner-group", ...compression, "--build", tree, deb], {
      env: { SOURCE_DATE_EPOCH: String(date) },
    });
    return deb;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const completionPaths = {
  bash: "usr/share/bash-completion/completions/glockd",
  zsh: "usr/share/zsh/vendor-completions/_glockd",
  fish: "usr/share/fish/vendor_completions.d/glockd.fish",
} as const;

function installedFiles(options: DebOptions, packageVersion: string): readonly PackagedFile[] {
  const { binary, date } = options;
  const { man, completions, units } = options.contents;
  const documents = "usr/share/doc/glockd";
  return [
    { path: "usr/bin/glockd", mode: 0o755, content: { copyOf: binary } },
    ...[...units].map(([name, text]) => textFile(`usr/lib/systemd/system/${name}`, text)),
    textFile("usr/lib/sysusers.d/glockd.conf", projectText("packaging/glockd.sysusers")),
    compressed("usr/share/man/man1/glockd.1.gz", man),
    ...[...completions].map(([shell, text]) => textFile(completionPaths[shell], text)),
    textFile("etc/default/glockd", projectText("packaging/default")),
    textFile("etc/logrotate.d/glockd", projectText("packaging/debian/logrotate")),
    textFile(`${documents}/copyright`, copyright()),
    compressed(`${documents}/changelog.gz`, changelog(packageVersion, date)),
    compressed(`${documents}/NEWS.gz`, projectText("CHANGELOG.md")),
  ];
}

function controlFiles(
  files: readonly PackagedFile[],
  of: { architecture: string; version: string },
): readonly PackagedFile[] {
  return [
    textFile("DEBIAN/control", controlText(files, of)),
    textFile("DEBIAN/conffiles", "/etc/default/glockd\n/etc/logrotate.d/glockd\n"),
    textFile("DEBIAN/md5sums", checksums(files)),
    ...["postinst", "prerm", "postrm"].map((name) => ({
      path: `DEBIAN/${name}`,
      mode: 0o755,
      content: projectText(`packaging/debian/${name}`),
    })),
  ];
}

function controlText(
  files: readonly PackagedFile[],
  { architecture, version: packageVersion }: { architecture: string; version: string },
): string {
  const kilobytes = files.reduce((sum, file) => sum + Math.ceil(bytesOf(file).length / 1024), 0);
  return `Package: glockd
Version: ${packageVersion}
Section: net
Priority: optional
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.17), init-system-helpers (>= 1.54~), passwd
Homepage: ${homepage}
Description: network lock server
 Whoever connects is present and may hold locks; whoever leaves, holds none.
 .
 It speaks lines of text over TCP, unix sockets and WebSocket, and HTTP, with
 waiting in line, shared and keyed locks, fences and metrics.
`;
}

function checksums(files: readonly PackagedFile[]): string {
  return files
    .map((file) => {
      const sum = new Bun.CryptoHasher("md5").update(bytesOf(file)).digest("hex");
      return `${sum}  ${file.path}\n`;
    })
    .join("");
}

/** The machine-readable form that Debian has for licenses. */
function copyright(): string {
  const text = projectText("LICENSE").trim().split("\n").slice(4);
  const body = text.map((line) => (line === "" ? " ." : ` ${line}`)).join("\n");
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: glockd
Source: ${homepage}

Files: *
Copyright: 2026 glockd contributors
License: Expat

License: Expat
${body}
`;
}

/** What dpkg reads; people read NEWS, which is the project's own. */
function changelog(packageVersion: string, date: number): string {
  const day = new Date(date * 1000).toUTCString().replace("GMT", "+0000");
  return `glockd (${packageVersion}) stable; urgency=medium

  * See NEWS.gz for what changed.

 -- ${maintainer}  ${day}
`;
}

/** As gzip -9n makes it: no name and no time in it. */
function compressed(path: string, text: string): PackagedFile {
  return { path, mode: 0o644, content: Bun.gzipSync(Buffer.from(text), { level: 9 }) };
}
