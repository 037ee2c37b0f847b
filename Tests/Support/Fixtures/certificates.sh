#!/usr/bin/env bash
# Makes the certificates that the tests of TLS use, in the folder given, with OpenSSL 1.1 or newer: an authority
# (authority.pem), one below it (intermediate.pem), for each certificate NAME.pem and NAME.key, and the pin of one.
set -euo pipefail
cd "$1"

cat >ca.conf <<'CONF'
[ca]
default_ca = authority
[authority]
dir = .
database = $dir/index
new_certs_dir = $dir
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
[above]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
CONF
: >index

# key NAME SUBJECT: a key and a request.
key() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config ca.conf -subj "/CN=$2" \
    -keyout "$1.key" -out "$1.csr"
}

# sign NAME SUBJECT AUTHORITY EXTENSIONS [FROM TO]: a certificate that an authority has signed.
sign() {
  key "$1" "$2"
  printf '%b\n' "[extensions]\n$4" | cat ca.conf - >"$1.conf"
  openssl ca -batch -notext -config "$1.conf" -extensions extensions -cert "$3.pem" -keyfile "$3.key" -in "$1.csr" \
    -out "$1.pem" -startdate "${5:-20200101000000Z}" -enddate "${6:-20991231235959Z}"
}

readonly authority='basicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign'
readonly localhost='subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1'

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config ca.conf -extensions above \
  -subj '/CN=Test Authority' -days 3650 -keyout authority.key -out authority.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config ca.conf -subj '/CN=localhost' \
  -addext 'subjectAltName = DNS:localhost, IP:127.0.0.1' -days 3650 -keyout self-signed.key -out self-signed.pem

sign intermediate 'Test Intermediate' authority "$authority"
sign valid 'Test Server' authority "$localhost"
sign other 'Other Server' authority 'subjectAltName = DNS:other.example, IP:127.0.0.2'
sign expired 'Expired Server' authority "$localhost" 20200101000000Z 20210101000000Z
sign future 'Future Server' authority "$localhost" 20980101000000Z 20990101000000Z
sign wildcard 'Wildcard Server' authority 'subjectAltName = DNS:*.wild.example'
sign partial 'Partial Wildcard Server' authority 'subjectAltName = DNS:w*.wild.example'
sign subject localhost authority 'keyUsage = digitalSignature'
sign leaf 'Server below the Intermediate' intermediate "$localhost"
sign client 'Test Client' authority 'extendedKeyUsage = clientAuth'
cat leaf.pem intermediate.pem >chain.pem
cp leaf.key chain.key
cp client.pem encrypted.pem
openssl ec -in client.key -aes256 -passout pass:secret -out encrypted.key

# As the manual of curl says.
openssl x509 -in valid.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
  openssl base64 >valid.pin
