"""Reads a compressed stream with Python's http.client and zlib: gzip_client.py PORT PATH VERSION [LAST-EVENT-ID]

It writes the decoded text as it comes, and at the end of the connection a line with whether the member has ended, which
zlib says only when its checksum and length are right, and how many bytes follow it.
"""

import http.client
import sys
import zlib

port, path, version = sys.argv[1:4]
http.client.HTTPConnection._http_vsn = int(version.replace(".", ""))
http.client.HTTPConnection._http_vsn_str = f"HTTP/{version}"
connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
headers = {"Accept-Encoding": "gzip", "Accept": "text/event-stream"}
if len(sys.argv) > 4:
    headers["Last-Event-ID"] = sys.argv[4]
connection.request("GET", path, headers=headers)
response = connection.getresponse()
print(response.status, response.getheader("Content-Encoding"), response.getheader("Vary"), flush=True)
decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
while piece := response.read1(65536):
    sys.stdout.write(decoder.decompress(piece).decode())
    sys.stdout.flush()
print("ended" if decoder.eof else "not ended", len(decoder.unused_data), flush=True)
