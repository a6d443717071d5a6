#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The programs' sessions and application data with the independent peer, which echoes what it is sent: TAP on standard
output.

	session_programs.py VERIFIER ATTESTER SHARED
"""
import itertools
import json
import os
import sys
import tempfile

import interop

# The peer's fault in a session: the verifier's exit status, and the check that says so.
FAULTS = {
	'bad-verify-data': (5, 'session.open'),
	'wrong-secured-version': (4, 'session.open'),
	'bad-mac': (5, 'session.open'),
	'select-unoffered': (4, 'spdm.connect'),
	'two-bits': (4, 'spdm.connect'),
	'extra:KEY_EXCHANGE_RSP': (4, 'session.open'),
	'truncate:KEY_EXCHANGE_RSP': (4, 'session.open'),
	'truncate:FINISH_RSP': (4, 'session.open'),
	'drop:KEY_EXCHANGE': (3, 'session.open'),
	'drop:FINISH': (3, 'session.open'),
	'wrong-code:HEARTBEAT_ACK': (4, 'session.heartbeat'),
	'drop:HEARTBEAT': (3, 'session.heartbeat'),
	'truncate:KEY_UPDATE_ACK': (4, 'session.keys'),
	'wrong-code:END_SESSION_ACK': (4, 'session.end'),
}


def verify(program, peer, *options):
	done = interop.run_verifier(program, peer, '--policy', 'genuine', '--json', *options)
	return done, json.loads(done.stdout or '{"reason": "", "verdict": "", "spdm": {"session": null}}')


def is_same(sent, back):
	if not os.path.exists(back):
		return False
	with open(back, 'rb') as got, open(sent, 'rb') as given:
		same = got.read() == given.read()
	os.remove(back)
	return same


def verifier(tap, program, shared, directory):
	sent, back = os.path.join(directory, 'sent'), os.path.join(directory, 'back')
	with open(sent, 'wb') as out:
		out.write(os.urandom(50000))
	for framing, binding in interop.BINDINGS:
		for version, form in itertools.product(interop.VERSIONS[1:],
			([], ['--caps=-ENCRYPT'], ['--caps=+HANDSHAKE_IN_THE_CLEAR'])):
			with interop.Peer(shared, framing, binding, directory, '--heartbeat', '5', '--in-clear', '--versions',
				version) as peer:
				done, verdict = verify(program, peer, '--heartbeats', '2', '--key-updates', '3', '--send', sent,
					'--receive', back, *form)
				same = is_same(sent, back)
				tap.check(done.returncode == 0 and same and verdict['spdm']['session'] is not None,
					f'the verifier has a session with the peer in {version} over {framing}+{binding} {" ".join(form)}', done)
	for fault, (status, check) in FAULTS.items():
		with interop.Peer(shared, 'emu', 'mctp', directory, '--heartbeat', '5', '--fault', fault) as peer:
			done, verdict = verify(program, peer, '--timeout', '3', '--retries', '1', '--heartbeats', '1',
				'--key-updates', '1')
			tap.check(done.returncode == status and verdict['reason'].startswith(check + ':') and
				verdict['verdict'] in ('error', 'reject'), f'{fault}: exit status {status}', done)


def attester(tap, program, shared, directory):
	for (framing, binding), version, form in itertools.product(interop.BINDINGS, interop.VERSIONS[1:], interop.SESSIONS):
		with interop.Attester(program, interop.url(framing, binding, 0), directory, '--app', 'echo',
			'--caps=+HANDSHAKE_IN_THE_CLEAR') as ours:
			done = interop.run_peer(shared, 'request', ours.port, '--framing', framing, '--binding', binding,
				'--versions', version, '--root', ours.root, '--echo', *form, '--do',
				'attest,session,app,keyupdate,app,end')
			tap.check(done.returncode == 0,
				f'what the peer says in a session in {version} is echoed over {framing}+{binding} ' + ' '.join(form),
				done.stdout + done.stderr)
	for choice, words in (('discard', 'attest,session,app,end'), ('refuse', 'attest,session,app,end'), ('echo', 'attest,app')):
		with interop.Attester(program, 'emu+mctp://127.0.0.1:0', directory, '--app', choice) as ours:
			done = interop.run_peer(shared, 'request', ours.port, '--framing', 'emu', '--binding', 'mctp',
				'--versions', '1.2', '--root', ours.root, '--do', words)
			tap.check(done.returncode != 0 and 'UnsupportedRequest' in done.stdout,
				f'with --app {choice} nothing is echoed to {words}', done.stdout + done.stderr)


def main():
	ours, theirs, shared = sys.argv[1:4]
	interop.skip_without_peer(shared)
	tap = interop.Tap()
	with tempfile.TemporaryDirectory() as directory:
		verifier(tap, ours, shared, directory)
		attester(tap, theirs, shared, directory)
	tap.end()


if __name__ == '__main__':
	main()
