#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""GET_CSR and SET_CERTIFICATE between the programs and the independent peer, both ways: TAP on standard output.

	provisioning_programs.py VERIFIER ATTESTER SHARED
"""
import os
import subprocess
import sys
import tempfile

import interop

ALGORITHMS = ['ecdsa-p256', 'rsapss-3072', 'ed25519']
# The peer's fault: what the verifier's output says of it.
FAULTS = {
	'truncate:CSR': 'ends inside a field',
	'extra:CSR': 'left after the last field',
	'wrong-code:CSR': 'CSR',
	'wrong-version:CSR': 'version',
	'drop:GET_CSR': 'no answer',
	'truncate:SET_CERTIFICATE_RSP': 'ends inside a field',
	'extra:SET_CERTIFICATE_RSP': 'left after the last field',
	'wrong-code:SET_CERTIFICATE_RSP': 'SET_CERTIFICATE',
	'drop:SET_CERTIFICATE': 'no answer',
}


def make(directory, asym):
	subprocess.run(['/usr/bin/python3', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'make_requester.py'),
		directory, asym], check=True)


def device(directory):
	return ['--cert', directory + '/chain.pem', '--key', directory + '/leaf.key']


def provision(program, peer, directory, *options):
	peer.root = directory + '/root.pem'
	return interop.run_verifier(program, peer, '--policy', 'genuine', '--timeout', '10', *options)


def verifier(tap, program, shared, directory):
	csr, chain = directory + '/csr.pem', directory + '/chain.pem'
	cases = [(f, b, 'ecdsa-p384') for f, b in interop.BINDINGS] + [('emu', 'mctp', a) for a in ALGORITHMS]
	for framing, binding, asym in cases:
		make(directory, asym)
		with interop.Peer(shared, framing, binding, directory, '--trusted', *device(directory)) as peer:
			for where in ([], ['--no-session']):
				done = provision(program, peer, directory, '--get-csr', csr, '--set-cert', f'1:{chain}', *where)
				tap.check(done.returncode == 0 and 'of the key that was authenticated' in done.stdout and
					'slot 1 has the chain' in done.stdout and os.path.exists(csr),
					f'the peer is provisioned over {framing}+{binding} with {asym} {" ".join(where)}', done)
				if os.path.exists(csr):
					os.remove(csr)
	make(directory, 'ecdsa-p384')
	with interop.Peer(shared, 'emu', 'mctp', directory, *device(directory)) as peer:
		done = provision(program, peer, directory, '--set-cert', f'1:{chain}', '--no-session')
		tap.check(done.returncode == 4 and 'UnexpectedRequest' in done.stdout, 'the peer wants a session for slot 1', done)
	with interop.Peer(shared, 'emu', 'mctp', directory, '--not-ready', '2', *device(directory)) as peer:
		done = provision(program, peer, directory, '--get-csr', csr, '--set-cert', f'1:{chain}')
		tap.check(done.returncode == 0, 'a peer that is late is waited for', done)
	with interop.Peer(shared, 'emu', 'mctp', directory, '--caps=-CSR,-SET_CERT', *device(directory)) as peer:
		done = provision(program, peer, directory, '--get-csr', csr)
		tap.check(done.returncode == 4 and 'capability' in done.stdout, 'a peer that cannot is not asked', done)
	os.remove(csr)
	for fault, reason in FAULTS.items():
		with interop.Peer(shared, 'emu', 'mctp', directory, '--trusted', '--fault', fault, *device(directory)) as peer:
			done = provision(program, peer, directory, '--get-csr', csr, '--set-cert', f'1:{chain}', '--no-session',
				'--retries', '0')
			tap.check(done.returncode in (3, 4) and reason in done.stdout, f'{fault}: {reason}', done)


def serve(program, framing, binding, directory, *options):
	store = tempfile.mkdtemp(dir=directory)
	return interop.Attester(program, interop.url(framing, binding, 0), directory, '--provision', store, *device(directory),
		*options), store


def attester(tap, program, shared, directory):
	cases = [(f, b, 'ecdsa-p384') for f, b in interop.BINDINGS] + [('emu', 'mctp', a) for a in ALGORITHMS]
	for framing, binding, asym in cases:
		make(directory, asym)
		server, store = serve(program, framing, binding, directory, '--delay', '5')
		with server as ours:
			for slot, what in ((0, 'csr,setcert'), (0, 'attest,csr,setcert,measure'), (3, 'attest,session,csr,setcert,end')):
				done = interop.run_peer(shared, 'request', ours.port, '--framing', framing, '--binding', binding,
					'--versions', '1.2', '--do', what, '--set-slot', str(slot), '--root', ours.root)
				tap.check(done.returncode == 0 and os.path.exists(f'{store}/slot{slot}.der'),
					f'the peer provisions slot {slot} over {framing}+{binding} with {asym}: {what}',
					done.stdout + done.stderr)
			done = interop.run_peer(shared, 'request', ours.port, '--framing', framing, '--binding', binding, '--versions',
				'1.2', '--do', 'attest,measure', '--slot', '3', '--root', ours.root)
			tap.check(done.returncode == 0, 'and is shown it there', done.stdout + done.stderr)
	make(directory, 'ecdsa-p384')
	for options, good in (([], False), (['--trusted-environment'], True)):
		server, store = serve(program, 'emu', 'mctp', directory, *options)
		with server as ours:
			done = interop.run_peer(shared, 'request', ours.port, '--versions', '1.2', '--do', 'attest,setcert',
				'--set-slot', '2', '--root', ours.root)
			tap.check((done.returncode == 0) == good and os.path.exists(f'{store}/slot2.der') == good,
				f'slot 2 in the clear {" ".join(options)}: {good}', done.stdout + done.stderr)
	server, _ = serve(program, 'emu', 'mctp', directory)
	with server as ours:
		done = interop.run_peer(shared, 'probe', ours.port, '--framing', 'emu', '--binding', 'mctp', '--versions', '1.2')
		tap.check(done.returncode == 0, 'illegal requests are refused as the standard says', done.stdout + done.stderr)


def main():
	interop.skip_without_peer(sys.argv[3])
	tap = interop.Tap()
	with tempfile.TemporaryDirectory() as directory:
		verifier(tap, sys.argv[1], sys.argv[3], directory)
		attester(tap, sys.argv[2], sys.argv[3], directory)
	tap.end()


if __name__ == '__main__':
	main()
