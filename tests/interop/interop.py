#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Runs the programs against the independent peer in the shared directory: TAP on standard output.

	interop.py verifier PROGRAM SHARED	the verifier attests the peer, over each framing and algorithm
	interop.py faults PROGRAM SHARED	the peer misbehaves, and the verifier says how
	interop.py attester PROGRAM SHARED	the peer attests the attester
	interop.py sessions PROGRAM SHARED	the peer opens sessions with the attester
	interop.py opener PROGRAM SHARED	a requester of ours opens sessions with the peer
	interop.py chunked-verifier, chunked-attester, chunked-opener PROGRAM SHARED	likewise, in chunks of all sizes
	interop.py probe PROGRAM SHARED		the peer's illegal requests are refused as the standard says
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

BINDINGS = [('emu', 'mctp'), ('emu', 'doe'), ('emu', 'tcp'), ('dsp0287', 'tcp')]
ALGORITHMS = ['ecdsa-p256', 'ecdsa-p384', 'rsapss-3072', 'rsassa-3072', 'ed25519']
WAIT = 30

# The peer's fault: the verifier's exit status, and what its reason says.
FAULTS = {
	'flip-signature': (5, 'signature does not verify'),
	'bad-digest': (5, 'digest is not that of the data'),
	'bad-chain-hash': (5, 'digest is not that of the data'),
	'wrong-slot': (4, 'slot'),
	'zero-portion': (4, 'portions'),
	'truncate:CAPABILITIES': (4, 'ends inside a field'),
	'truncate:ALGORITHMS': (4, ''),
	'truncate:DIGESTS': (4, 'ends inside a field'),
	'truncate:CERTIFICATE': (4, 'ends inside a field'),
	'truncate:CHALLENGE_AUTH': (4, 'ends inside a field'),
	'truncate:MEASUREMENTS': (4, 'ends inside a field'),
	'extra:CAPABILITIES': (4, 'left after the last field'),
	'extra:ALGORITHMS': (4, 'left after the last field'),
	'extra:DIGESTS': (4, 'left after the last field'),
	'extra:CERTIFICATE': (4, 'left after the last field'),
	'extra:CHALLENGE_AUTH': (4, 'left after the last field'),
	'extra:MEASUREMENTS': (4, 'left after the last field'),
	'wrong-code:CAPABILITIES': (4, 'code'),
	'wrong-code:DIGESTS': (4, 'code'),
	'wrong-code:CHALLENGE_AUTH': (4, 'code'),
	'wrong-code:MEASUREMENTS': (4, 'code'),
	'wrong-version:CAPABILITIES': (4, 'version'),
	'wrong-version:DIGESTS': (4, 'version'),
	'wrong-version:MEASUREMENTS': (4, 'version'),
	'resynch:CHALLENGE': (4, 'new start'),
	'resynch:GET_MEASUREMENTS': (4, 'new start'),
	'drop:GET_DIGESTS': (3, 'no answer'),
	'drop:CHALLENGE': (3, 'no answer'),
	'busy-forever': (4, 'busy'),
	'busy:2': (0, ''),
}
# Faults of messages that the verifier does not use: DHE tables, sessions, 1.3, encapsulated requests.
FAULTS_OF_LATER_RELEASES = ['select-unoffered', 'two-bits', 'wrong-context', 'bad-verify-data', 'wrong-secured-version',
	'bad-mac', 'always-digests']
# PCIe DOE pads with zero bytes, so three bytes of GET_VERSION arrive as the whole of it, one byte of any request as four with
# the code 0, and a request cut at zero bytes of its last DWORD as the whole request.
PADDED = {('GET_VERSION of 3 bytes', 'VERSION'), ('GET_CERTIFICATE cut to 5 bytes', 'CERTIFICATE'),
	('CHALLENGE cut to 33 bytes', 'CHALLENGE_AUTH'), ('KEY_EXCHANGE cut to 157 bytes', 'KEY_EXCHANGE_RSP')} | {
	(name + ' cut to 1 bytes', 'UnsupportedRequest') for name in
	('GET_DIGESTS', 'GET_CERTIFICATE', 'CHALLENGE', 'GET_MEASUREMENTS', 'KEY_EXCHANGE')}
# What is done in a session: all that this release answers there.
IN_SESSION = 'attest,session,measure,heartbeat,keyupdate,digests,certificate,keyupdate,measure,heartbeat,end'
SESSIONS = [[], ['--in-clear'], ['--caps=-ENCRYPT'], ['--in-clear', '--caps=-ENCRYPT']]
GROUPS = [('secp256r1', 'aes-128-gcm'), ('secp384r1', 'aes-256-gcm'), ('secp521r1', 'chacha20-poly1305'),
	('ffdhe2048', 'aes-256-gcm'), ('ffdhe3072', 'chacha20-poly1305'), ('ffdhe4096', 'aes-128-gcm')]


class Tap:
	def __init__(self):
		self.count = self.failed = 0

	def check(self, good, name, why=''):
		self.count += 1
		print(f'{"ok" if good else "not ok"} {self.count} - {name}', flush=True)
		if not good:
			self.failed += 1
			for line in str(why).splitlines()[-20:]:
				print('# ' + line)

	def end(self):
		print(f'1..{self.count}')
		sys.exit(1 if self.failed else 0)


def free_port():
	with socket.socket() as s:
		s.bind(('127.0.0.1', 0))
		return s.getsockname()[1]


def is_listening(port):
	"""Looks in the kernel's table, since a peer may serve one connection only."""
	with open('/proc/net/tcp') as table:
		return any(f':{port:04X} ' in line.split()[1] + ' ' and line.split()[3] == '0A' for line in table.readlines()[1:])


def url(framing, binding, port):
	return f'tcp://127.0.0.1:{port}' if framing == 'dsp0287' else f'emu+{binding}://127.0.0.1:{port}'


class Peer:
	"""The independent peer as responder."""

	def __init__(self, shared, framing, binding, directory, *options):
		self.port = free_port()
		self.root = os.path.join(directory, 'root.der')
		self.url = url(framing, binding, self.port)
		if os.path.exists(self.root):
			os.remove(self.root)
		self.process = subprocess.Popen(['/usr/bin/python3', shared + '/tools/spdm_peer.py', 'respond',
			'--listen', f'127.0.0.1:{self.port}', '--framing', framing, '--binding', binding, '--versions', '1.2',
			'--write-root', self.root, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
		end = time.time() + WAIT
		while time.time() < end and self.process.poll() is None:
			if is_listening(self.port) and os.path.exists(self.root) and os.path.getsize(self.root) > 0:
				break
			time.sleep(0.02)

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.process.kill()
		self.process.communicate()


def run_verifier(program, peer, *options):
	return subprocess.run([program, peer.url, '--evidence', 'none', '--trust', peer.root, *options],
		capture_output=True, text=True, timeout=4 * WAIT, check=False)


def make_policy(program, peer, directory):
	"""The policy that the verifier says would accept the peer, as a person would use it."""
	said = run_verifier(program, peer).stdout
	path = os.path.join(directory, 'policy.json')
	with open(path, 'w') as out:
		out.write(said[said.index('\n{'):])
	return path


def verifier(tap, program, shared, directory):
	keys = set()
	cases = [(f, b, 'ecdsa-p384') for f, b in BINDINGS] + [('emu', 'mctp', a) for a in ALGORITHMS] + \
		[('dsp0287', 'tcp', a) for a in ALGORITHMS]
	for framing, binding, asym in cases:
		with Peer(shared, framing, binding, directory, '--asym', asym) as peer:
			policy = make_policy(program, peer, directory)
			done = run_verifier(program, peer, '--policy', policy, '--json')
			verdict = json.loads(done.stdout)
			good = done.returncode == 0 and verdict['verdict'] == 'accept' and \
				verdict['spdm']['algorithms']['asym'] == asym and verdict['spdm']['measurements_signed']
			keys.add(verdict['identity']['key_sha256'])
			tap.check(good, f'the verifier attests the peer over {framing}+{binding} with {asym}', done)
	tap.check(len(keys) == len(cases), 'each peer, with a key of its own, has a fingerprint of its own', keys)
	with Peer(shared, 'emu', 'mctp', directory, '--not-ready', '2') as peer:
		policy = make_policy(program, peer, directory)
		done = run_verifier(program, peer, '--policy', policy)
		tap.check(done.returncode == 0, 'ResponseNotReady is waited for', done)
	with Peer(shared, 'emu', 'mctp', directory, '--portion', '100') as peer:
		policy = make_policy(program, peer, directory)
		done = run_verifier(program, peer, '--policy', policy)
		tap.check(done.returncode == 0, 'a chain in portions of 100 bytes is put together', done)
	with Peer(shared, 'emu', 'mctp', directory) as peer:
		peer.root = shared + '/testdata/spdm-device/01-gh100-1.1/root.pem'
		done = run_verifier(program, peer)
		tap.check(done.returncode == 5, 'another root is not trusted', done)
	with Peer(shared, 'emu', 'mctp', directory, '--caps=-CHAL') as peer:
		policy = make_policy(program, peer, directory)
		done = run_verifier(program, peer, '--policy', policy, '--no-challenge')
		tap.check(done.returncode == 0, 'without CHALLENGE the measurements prove the key', done)


def faults(tap, program, shared, directory):
	with Peer(shared, 'emu', 'mctp', directory) as peer:
		policy = make_policy(program, peer, directory)
	for fault, (status, words) in FAULTS.items():
		with Peer(shared, 'emu', 'mctp', directory, '--fault', fault) as peer:
			done = run_verifier(program, peer, '--policy', policy, '--json', '--timeout', '5', '--retries', '1')
			verdict = json.loads(done.stdout or '{"reason":""}')
			good = done.returncode == status and words in verdict['reason'] and verdict.get('status') == status
			tap.check(good, f'{fault}: exit status {status}', f'{done.returncode}: {verdict["reason"]} {done.stderr}')
	with Peer(shared, 'emu', 'mctp', directory, '--fault', 'replay-measurement') as peer:
		first = run_verifier(program, peer, '--policy', policy, '--json')
		done = run_verifier(program, peer, '--policy', policy, '--json')
		tap.check(first.returncode == 0 and done.returncode == 5, 'replay-measurement: exit status 5', done)
	print('# of messages that this release does not have: ' + ' '.join(FAULTS_OF_LATER_RELEASES))


class Attester:
	def __init__(self, program, endpoint, directory, *options):
		self.root = os.path.join(directory, 'attester-root.pem')
		self.process = subprocess.Popen([program, '--listen', endpoint, '--tee', 'none', '--write-root', self.root,
			*options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
		self.port = 0
		for line in self.process.stderr:
			found = re.search(r'listening on .*:(\d+)', line)
			if found:
				self.port = int(found.group(1))
				break

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.process.send_signal(signal.SIGTERM)
		try:
			self.process.communicate(timeout=WAIT)
		except subprocess.TimeoutExpired:
			self.process.kill()
			self.process.communicate()


def run_peer(shared, command, port, *options):
	return subprocess.run(['/usr/bin/python3', shared + '/tools/spdm_peer.py', command, f'127.0.0.1:{port}', *options],
		capture_output=True, text=True, timeout=8 * WAIT, check=False)


def attester(tap, program, shared, directory):
	cases = [(f, b, 'ecdsa-p384') for f, b in BINDINGS] + [('emu', 'mctp', a) for a in ALGORITHMS] + \
		[('dsp0287', 'tcp', a) for a in ALGORITHMS]
	for framing, binding, asym in cases:
		with Attester(program, url(framing, binding, 0), directory, '--asym', asym) as ours:
			done = run_peer(shared, 'request', ours.port, '--framing', framing, '--binding', binding,
				'--versions', '1.2', '--do', 'attest,measure', '--root', ours.root)
			tap.check(done.returncode == 0, f'the peer attests the attester over {framing}+{binding} with {asym}',
				done.stdout + done.stderr)
	with Attester(program, 'emu+mctp://127.0.0.1:0', directory, '--delay', '40') as ours:
		done = run_peer(shared, 'request', ours.port, '--framing', 'emu', '--binding', 'mctp', '--versions', '1.2',
			'--do', 'attest,measure', '--root', ours.root)
		tap.check(done.returncode == 0, 'the peer waits for late signatures', done.stdout + done.stderr)


def sessions(tap, program, shared, directory):
	for framing, binding in BINDINGS:
		with Attester(program, url(framing, binding, 0), directory, '--caps=+HANDSHAKE_IN_THE_CLEAR') as ours:
			for form in SESSIONS:
				done = run_peer(shared, 'request', ours.port, '--framing', framing, '--binding', binding,
					'--versions', '1.2', '--do', IN_SESSION, '--root', ours.root, *form)
				tap.check(done.returncode == 0, f'the peer opens a session over {framing}+{binding} ' + ' '.join(form),
					done.stdout + done.stderr)
	with Attester(program, 'emu+mctp://127.0.0.1:0', directory) as ours:
		for dhe, aead in GROUPS:
			done = run_peer(shared, 'request', ours.port, '--framing', 'emu', '--binding', 'mctp', '--versions', '1.2',
				'--do', IN_SESSION, '--root', ours.root, '--dhe', dhe, '--aead', aead)
			tap.check(done.returncode == 0, f'with {dhe} and {aead}', done.stdout + done.stderr)
	with Attester(program, 'emu+mctp://127.0.0.1:0', directory, '--delay', '40') as ours:
		done = run_peer(shared, 'request', ours.port, '--framing', 'emu', '--binding', 'mctp', '--versions', '1.2',
			'--do', IN_SESSION, '--root', ours.root)
		tap.check(done.returncode == 0, 'the peer waits for late signatures', done.stdout + done.stderr)


# DataTransferSize of ours, and of the peer's. As a requester the peer sends its 48 bytes of NEGOTIATE_ALGORITHMS in one piece
# always, and over DOE it counts the padding of a CHUNK_SEND: there the smallest size that can be met is 44.
CHUNKED = [(42, 42), (42, 4096), (4096, 42), (64, 100), (1000, 43)]
MOST_PIECE = 48


def chunked_verifier(tap, program, shared, directory):
	for framing, binding in BINDINGS:
		for ours, theirs in CHUNKED:
			with Peer(shared, framing, binding, directory, '--data-transfer-size', str(theirs)) as peer:
				policy = make_policy(program, peer, directory)
				done = run_verifier(program, peer, '--policy', policy, '--data-transfer-size', str(ours))
				tap.check(done.returncode == 0, f'{ours} bytes from the peer, {theirs} to it, {framing}+{binding}', done)
	with Peer(shared, 'emu', 'mctp', directory, '--data-transfer-size', '42', '--not-ready', '2') as peer:
		policy = make_policy(program, peer, directory)
		done = run_verifier(program, peer, '--policy', policy, '--data-transfer-size', '42')
		tap.check(done.returncode == 0, 'what is not ready is large later', done)


def chunked_attester(tap, program, shared, directory):
	for framing, binding in BINDINGS:
		for ours, theirs in CHUNKED:
			ours = max(ours, MOST_PIECE)
			with Attester(program, url(framing, binding, 0), directory, '--data-transfer-size', str(ours),
				'--max-message', '8192', '--caps=+HANDSHAKE_IN_THE_CLEAR') as attester:
				for form in ([], ['--in-clear'], ['--whole-chain']):
					done = run_peer(shared, 'request', attester.port, '--framing', framing, '--binding', binding,
						'--versions', '1.2', '--do', IN_SESSION + ',chunk', '--root', attester.root,
						'--data-transfer-size', str(theirs), *form)
					tap.check(done.returncode == 0, f'{ours} bytes to the attester, {theirs} from it, ' \
						f'{framing}+{binding} ' + ' '.join(form), done.stdout + done.stderr)


def chunked_opener(tap, program, shared, directory):
	for framing, binding in BINDINGS:
		for ours, theirs in CHUNKED:
			if binding == 'doe':
				theirs = max(theirs, 44)
			for form in ('encrypted', 'clear'):
				with Peer(shared, framing, binding, directory, '--in-clear', '--data-transfer-size', str(theirs)) as peer:
					done = subprocess.run([program, peer.url, peer.root, form, str(ours)], capture_output=True,
						text=True, timeout=4 * WAIT, check=False)
					tap.check(done.returncode == 0, f'{ours} bytes from the peer, {theirs} to it, in a session over ' \
						f'{framing}+{binding}, {form}', done)


# The peer's fault as responder of a session, and the status that our requester ends with.
SESSION_FAULTS = {
	'select-unoffered': 'TSPDM_ERR_NOT_OFFERED',
	'two-bits': 'TSPDM_ERR_AMBIGUOUS',
	'bad-verify-data': 'TSPDM_ERR_MAC',
	'wrong-secured-version': 'TSPDM_ERR_NOT_OFFERED',
	'bad-mac': 'TSPDM_ERR_MAC',
}


def run_opener(program, peer, form='encrypted'):
	return subprocess.run([program, peer.url, peer.root, form], capture_output=True, text=True, timeout=4 * WAIT,
		check=False)


def opener(tap, program, shared, directory):
	for framing, binding in BINDINGS:
		for form in ('encrypted', 'clear', 'mac', 'mac-clear'):
			with Peer(shared, framing, binding, directory, '--in-clear', '--heartbeat', '5') as peer:
				done = run_opener(program, peer, form)
				tap.check(done.returncode == 0, f'a session with the peer over {framing}+{binding}, {form}', done)
	for dhe, aead in GROUPS:
		with Peer(shared, 'emu', 'mctp', directory, '--dhe', dhe, '--aead', aead) as peer:
			done = run_opener(program, peer)
			tap.check(done.returncode == 0, f'with {dhe} and {aead}', done)
	for asym in ALGORITHMS:
		with Peer(shared, 'emu', 'mctp', directory, '--asym', asym) as peer:
			done = run_opener(program, peer)
			tap.check(done.returncode == 0, f'with {asym}', done)
	with Peer(shared, 'emu', 'mctp', directory, '--mutual', 'wo-encap') as peer:
		done = run_opener(program, peer)
		tap.check(done.returncode == 0, 'a peer that would like mutual authentication does without', done)
	for fault, status in SESSION_FAULTS.items():
		with Peer(shared, 'emu', 'mctp', directory, '--fault', fault) as peer:
			done = run_opener(program, peer)
			tap.check(done.returncode == 1 and status in done.stderr, f'{fault}: {status}', done)


def probe(tap, program, shared, directory):
	for framing, binding in BINDINGS:
		with Attester(program, url(framing, binding, 0), directory) as ours:
			done = run_peer(shared, 'probe', ours.port, '--framing', framing, '--binding', binding, '--versions', '1.2')
			told = json.loads(done.stdout)
			wrong = [d for d in told['different'] if (d['case'], d['got']) not in
				(PADDED if binding == 'doe' else set())]
			tap.check(told['cases'] > (250 if binding == 'doe' else 430) and not wrong,
				f'{told["as_expected"]} of {told["cases"]} answers are as expected over {framing}+{binding}, ' \
				f'{len(told["different"]) - len(wrong)} explained', json.dumps(wrong, indent=1))


def main():
	what, program, shared = sys.argv[1:4]
	if not os.path.exists(shared + '/tools/spdm_peer.py'):
		print(f'1..0 # SKIP no independent peer in {shared}')
		sys.exit(77)
	try:
		subprocess.run(['/usr/bin/python3', '-c', 'import cryptography'], check=True, capture_output=True)
	except (OSError, subprocess.CalledProcessError):
		print('1..0 # SKIP the independent peer needs python3-cryptography')
		sys.exit(77)
	tap = Tap()
	with tempfile.TemporaryDirectory() as directory:
		{'verifier': verifier, 'faults': faults, 'attester': attester, 'sessions': sessions,
			'opener': opener, 'probe': probe, 'chunked-verifier': chunked_verifier,
			'chunked-attester': chunked_attester, 'chunked-opener': chunked_opener}[what](tap, program, shared,
			directory)
	tap.end()


if __name__ == '__main__':
	main()
