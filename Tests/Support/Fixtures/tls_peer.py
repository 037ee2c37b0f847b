"""An HTTPS server of Python's ssl module, for the tests of the client: the path of a request says what it does.

tls_peer.py FOLDER CLIENT-AUTHORITY NAME...

It listens on a port for each of the certificates NAME in the folder. Unless the authority is "-" each client must show
a certificate from it. It writes a line NAME URL for each, then a line for each request's head and for how each
connection ended, which begin with the certificate's name too.
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


def serve(name, context, plain):
    try:
        connection = context.wrap_socket(plain, server_side=True)
        head = request_head(connection)
        if head is None:
            say(name + " left")
            return
        facts = connection.version(), connection.selected_alpn_protocol(), connection.name_asked
        say("%s request %s %s %s %s" % (name, *facts, head.replace("\r\n", "|")))
        path = head.split(" ")[1]
        answer(connection, path)
        if not path.endswith("/cut"):
            connection.unwrap()
        connection.close()
        say(name + " closed")
    except (OSError, ValueError) as error:
        say("%s failed %s" % (name, error))
    finally:
        plain.close()


def note_name(connection, name, _):
    connection.name_asked = name


def listen(name, folder, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("%s/%s.pem" % (folder, name), "%s/%s.key" % (folder, name))
    context.set_alpn_protocols(["http/1.1"])
    context.sni_callback = note_name
    if authority != "-":
        context.load_verify_locations("%s/%s.pem" % (folder, authority))
        context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))
    say("%s http://127.0.0.1:%d" % (name, listener.getsockname()[1]))
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(name, context, plain), daemon=True).start()


def main():
    folder, authority, *names = sys.argv[1:]
    threads = [threading.Thread(target=listen, args=(name, folder, authority)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
