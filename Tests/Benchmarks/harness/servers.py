"""The servers under test: how each is built, how it is started, what of the contract it has."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from . import tools
from .places import BENCHMARKS, BUILD, REPOSITORY
from .tools import Missing, once

PEERS = BENCHMARKS / "peers"
LIMITS = BENCHMARKS / "limits"


@dataclass(frozen=True)
class Server:
    #: As it is chosen by, and named in results.
    name: str
    #: As a reader of the page knows it.
    title: str
    build: Callable[[], None]
    #: Its command for a port; a folder of its own is there for its files.
    command: Callable[[int, Path], list[str]]
    #: It gets so many times fewer events and connections than the limit, so that it takes no longer than a minute.
    pace: int = 1
    #: Whether it has `/stream`.
    streams: bool = True


@once
def compile_c(source: str) -> None:
    """A program of `limits`, into the build folder."""
    tools.require("cc", "gcc")
    BUILD.mkdir(exist_ok=True)
    tools.run(["cc", "-O2", "-o", str(BUILD / Path(source).stem), str(LIMITS / source)])


@once
def build_product(product: str) -> None:
    """A product of this package, in release."""
    tools.run(["swift", "build", "-c", "release", "--product", product], directory=REPOSITORY)


def product(name: str) -> str:
    return str(REPOSITORY / ".build" / "release" / name)


@once
def _build_go() -> None:
    tools.require("go", "golang-go")
    tools.run(["go", "build", "-o", str(BUILD / "go-server"), "main.go"], directory=PEERS / "go")


@once
def _build_nchan() -> None:
    tools.require("/usr/sbin/nginx", "nginx-light")
    tools.require("/usr/lib/nginx/modules/ngx_nchan_module.so", "libnginx-mod-nchan")


def _nchan(port: int, folder: Path) -> list[str]:
    template = (PEERS / "nchan" / "nginx.conf.in").read_text(encoding="utf-8")
    configuration = folder / "nginx.conf"
    configuration.write_text(
        template.replace("@PORT@", str(port)).replace("@DIR@", str(folder)), encoding="utf-8")
    return ["/usr/sbin/nginx", "-e", str(folder / "error.log"), "-c", str(configuration)]


@once
def swift_peer(name: str) -> None:
    """A peer that is a Swift package. Its folder must not have the name of the package that it depends on."""
    tools.run([
        "swift", "build", "-c", "release", "--package-path", str(PEERS / name), "--scratch-path", str(BUILD / name)])


@once
def _build_starlette() -> None:
    requirements = PEERS / "starlette" / "requirements.txt"
    folder = BUILD / "starlette"
    done = folder / "installed.txt"
    if done.exists() and done.read_text(encoding="utf-8") == requirements.read_text(encoding="utf-8"):
        return
    if not tools.may_install:
        raise Missing("packages of PyPI are missing, and nothing may be installed")
    try:
        import ensurepip  # noqa: F401  Debian has it in a package of its own.
    except ImportError:
        tools.require("/usr/share/doc/python3-venv", "python3-venv")
    tools.run([sys.executable, "-m", "venv", "--clear", str(folder)])
    tools.run([
        str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-input",
        "--only-binary=:all:", "-r", str(requirements)], limit=300)
    done.write_text(requirements.read_text(encoding="utf-8"), encoding="utf-8")


def _node(port: int, _: Path) -> list[str]:
    return ["node", str(PEERS / "node" / "server.js"), str(port)]


LIMIT = Server(
    "limit", "the limit: C and epoll", lambda: compile_c("limit_epoll.c"),
    lambda port, _: [str(BUILD / "limit_epoll"), str(port)])

OURS = Server(
    "swift-sse", "swift-sse", lambda: build_product("sse-bench-server"),
    # Nine tenths of the descriptors, the default, are not enough for the readers and the one who publishes.
    lambda port, _: [product("sse-bench-server"), str(port), "--connections", "19000"])

NCHAN = Server("nchan", "nginx with nchan", _build_nchan, _nchan, pace=4, streams=False)
GO = Server("go", "Go's net/http", _build_go, lambda port, _: [str(BUILD / "go-server"), str(port)], pace=4)
NODE = Server("node", "Node's http", lambda: tools.require("node", "nodejs"), _node, pace=4)
FLYINGFOX = Server(
    "flyingfox", "FlyingFox", lambda: swift_peer("flyingfox-server"),
    lambda port, _: [str(BUILD / "flyingfox-server" / "release" / "flyingfox-server"), str(port)], pace=4)
HUMMINGBIRD = Server(
    "hummingbird", "Hummingbird", lambda: swift_peer("hummingbird-server"),
    lambda port, _: [str(BUILD / "hummingbird-server" / "release" / "hummingbird-server"), str(port)], pace=4)
STARLETTE = Server(
    "starlette", "uvicorn with sse-starlette", _build_starlette,
    lambda port, _: [
        str(BUILD / "starlette" / "bin" / "python"), str(PEERS / "starlette" / "server.py"), str(port)],
    pace=40)

PEER_SERVERS = [NCHAN, GO, NODE, FLYINGFOX, HUMMINGBIRD, STARLETTE]
SERVERS = [LIMIT, OURS, *PEER_SERVERS]
