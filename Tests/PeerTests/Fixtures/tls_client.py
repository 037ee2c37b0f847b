"""A TLS client of Python's ssl module: tls_client.py PORT AUTHORITY PROTOCOLS LEAST-VERSION MOST-VERSION PATH

It offers the protocols, separated by commas, asks for the path, and writes what was agreed on in a line, then all that
comes. Where the handshake fails it writes the reason alone.
"""

import socket
import ssl
import sys

port, authority, protocols, least, most, path = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
context.set_alpn_protocols(protocols.split(","))
# Versions that are no longer offered by default are for this test.
context.set_ciphers("ALL:@SECLEVEL=0")
context.minimum_version = ssl.TLSVersion[least]
context.maximum_version = ssl.TLSVersion[most]
try:
    plain = socket.create_connection(("127.0.0.1", int(port)), timeout=10)
    with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
        print(connection.version(), connection.selected_alpn_protocol(), flush=True)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode())
        while received := connection.recv(65536):
            sys.stdout.write(received.decode())
except ssl.SSLError as error:
    print(error)
