/** The Homebrew formula: the archives of macOS and Linux by their addresses and sums. */
import { archiveName } from "./archive.ts";
import { description, homepage, license, releasesAddress, version } from "./project.ts";

/** Homebrew's words for the systems and processors of our targets. */
const places = [
  { target: "darwin-arm64", system: "macos", processor: "arm" },
  { target: "darwin-x64", system: "macos", processor: "intel" },
  { target: "linux-arm64", system: "linux", processor: "arm" },
  { target: "linux-x64", system: "linux", processor: "intel" },
] as const;

/** The targets that the formula has archives of. */
export const formulaTargets: readonly string[] = places.map(({ target }) => target);

/** The text of `glockd.rb`. `sums`: each archive's SHA-256 in hex, by target. */
export function formula(sums: ReadonlyMap<string, string>): string {
  const archives = ["macos", "linux"].map((system) => {
    const blocks = places
      .filter((place) => place.system === system)
      .map((place) => {
        const sum = sums.get(place.target);
        if (sum === undefined) throw new Error(`the formula needs the archive of ${place.target}`);
        return `    on_${place.processor} do
      url "${releasesAddress()}/${archiveName(place.target)}.tar.gz"
      sha256 "${sum}"
    end`;
      });
    return `  on_${system} do\n${blocks.join("\n")}\n  end`;
  });
  // Homebrew wants no article, no full stop, and little.
  const oneLine = description.replace(/^A n/, "N").replace(/[:.].*$/, "");
  return `# Made by \`make packages\`.
class Glockd < Formula
  desc "${oneLine}"
  homepage "${homepage}"
  version "${version}"
  license "${license}"

${archives.join("\n\n")}

  def install
    # The compiler leaves a signature on the Intel binary that does not match.
    system "codesign", "--force", "--sign", "-", "glockd" if OS.mac? && Hardware::CPU.intel?
    bin.install "glockd"
    man1.install "glockd.1"
    bash_completion.install "completions/glockd.bash" => "glockd"
    zsh_completion.install "completions/_glockd"
    fish_completion.install "completions/glockd.fish"
  end

  service do
    run [opt_bin/"glockd", "-host=127.0.0.1"]
    keep_alive true
    error_log_path var/"log/glockd.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/glockd -version")
  end
end
`;
}
