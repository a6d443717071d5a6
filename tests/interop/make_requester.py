#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Makes what a peer has that is asked who it is: root.pem, chain.pem (root first), leaf.key and public.pem in a directory.

	make_requester.py DIRECTORY ALGORITHM	ecdsa-p256, ecdsa-p384, rsapss-3072 or ed25519
"""
import datetime
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

KEYS = {
	'ecdsa-p256': lambda: ec.generate_private_key(ec.SECP256R1()),
	'ecdsa-p384': lambda: ec.generate_private_key(ec.SECP384R1()),
	'rsapss-3072': lambda: rsa.generate_private_key(65537, 3072),
	'ed25519': ed25519.Ed25519PrivateKey.generate,
}


def certificate(subject, key, issuer, issuer_key, is_ca):
	now = datetime.datetime(2024, 1, 1)
	usage = {name: False for name in ('content_commitment', 'key_encipherment', 'data_encipherment', 'key_agreement',
		'crl_sign', 'encipher_only', 'decipher_only')}
	return x509.CertificateBuilder(
		).subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
		).issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
		).public_key(key.public_key()).serial_number(x509.random_serial_number()
		).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=36500)
		).add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True
		).add_extension(x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, **usage), critical=True
		).sign(issuer_key, hashes.SHA384())


def main():
	directory, algorithm = pathlib.Path(sys.argv[1]), sys.argv[2]
	root_key, key = ec.generate_private_key(ec.SECP384R1()), KEYS[algorithm]()
	root = certificate('root of requesters', root_key, 'root of requesters', root_key, True)
	leaf = certificate('requester', key, 'root of requesters', root_key, False)
	pem = serialization.Encoding.PEM
	(directory / 'root.pem').write_bytes(root.public_bytes(pem))
	(directory / 'chain.pem').write_bytes(root.public_bytes(pem) + leaf.public_bytes(pem))
	(directory / 'leaf.key').write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8,
		serialization.NoEncryption()))
	(directory / 'public.pem').write_bytes(key.public_key().public_bytes(pem,
		serialization.PublicFormat.SubjectPublicKeyInfo))


if __name__ == '__main__':
	main()
