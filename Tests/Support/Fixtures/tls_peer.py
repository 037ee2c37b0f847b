"""An HTTPS server of Python's ssl module, for the tests of the client: the path of a request says what it does.

tls_peer.py CERTIFICATE KEY [CLIENT AUTHORITY]   With the last one each client must show a certificate from it.

It writes its URL, then each request's head and how each connection ended, a line each.
"""

import socket
import ssl
import sys
import threading

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
LOCK = threading.Lock()


def say(line):
    with LOCK:
        print(line, flush=True)


def request_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv(4096)
        if not received:
            return None
        head += received
    return head.decode("latin-1")


def large(connection, size, record):
    """One event of so many bytes, in TLS records of at most so many bytes of plain text."""
    stream = b"data: " + b"x" * size + b"\n\n"
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(stream))
    for start in range(0, len(stream), record):
        connection.sendall(stream[start : start + record])


def answer(connection, path):
    name, *numbers = path.split("?")[0].strip("/").split("/")
    if name == "large":
        large(connection, *map(int, numbers))
    elif name == "event":  # Ends as TLS wants it, or is cut at the end or within a block.
        connection.sendall(HEAD + b"\r\nid: 1\ndata: one\n\n")
    elif name == "half":
        connection.sendall(HEAD + b"\r\nid: 1\ndata: one\n\ndata: tw")
    elif name == "quick":
        connection.sendall(HEAD + b"\r\nretry: 1\nid: 1\ndata: one\n\n")
    elif name == "open":  # Stays until the client leaves.
        connection.sendall(HEAD + b"\r\ndata: one\n\n")
        connection.recv(1)
    else:
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def serve(context, plain):
    try:
        connection = context.wrap_socket(plain, server_side=True)
        head = request_head(connection)
        if head is None:
            say("left")
            return
        facts = connection.version(), connection.selected_alpn_protocol(), connection.name_asked
        say("request %s %s %s %s" % (*facts, head.replace("\r\n", "|")))
        path = head.split(" ")[1]
        answer(connection, path)
        if not path.endswith("/cut"):
            connection.unwrap()
        connection.close()
        say("closed")
    except (OSError, ValueError) as error:
        say("failed %s" % error)
    finally:
        plain.close()


def note_name(connection, name, _):
    connection.name_asked = name


def main():
    certificate, key, *authority = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["http/1.1"])
    context.sni_callback = note_name
    if authority:
        context.load_verify_locations(authority[0])
        context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))
    say("http://127.0.0.1:%d" % listener.getsockname()[1])
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(context, plain), daemon=True).start()


main()
